import { beforeEach, describe, expect, it } from 'vitest';
import { ISA_DEVICES } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';

const BASE = 0xfed00000;
const HPET = 1 << 10;
const [CONFIGURATION, STATUS, COUNTER] = [0x10, 0x20, 0xf0] as const;
const timer = (index: number) => 0x100 + index * 0x20;
const COMPARATOR = 8;
const [LEVEL, ENABLE, PERIODIC, SET_VALUE, WIDTH_32] = [2, 4, 8, 0x40, 0x100] as const;
const route = (line: number) => line << 9;
/** Nanoseconds of a tick. */
const TICK = 10;

let device: FirmwareDevice;

beforeEach(async () => {
  device = await FirmwareDevice.create({ devices: ISA_DEVICES | HPET });
  device.write(0x43, 0x30);
  device.advance(100 - (device.platform.clock.now % 100));
  device.edges.length = 0;
});

const read = (offset: number) => device.readMemory(BASE + offset);
const write = (offset: number, value: number) => device.writeMemory(BASE + offset, value);

describe('registers', () => {
  it('capabilities: three 64-bit timers, legacy replacement, 10 ns', () => {
    expect(read(0)).toBe(0x8086a201);
    expect(read(4)).toBe(10_000_000);
    for (const index of [0, 1, 2]) {
      expect(read(timer(index))).toBe(0x30);
      expect(read(timer(index) + 4)).toBe(0x0ca4);
    }
  });

  it('bits without a meaning, and routes that there are not, are not taken', () => {
    write(CONFIGURATION, 0xfffffffc);
    expect(read(CONFIGURATION)).toBe(0);
    write(timer(0), 0xffffffff);
    expect(read(timer(0))).toBe(0x013e);
    write(timer(0), route(5));
    expect(read(timer(0))).toBe(0x30 | route(5));
    write(timer(0), route(14));
    expect(read(timer(0))).toBe(0x30 | route(5));
  });

  it('what is not there reads 0, narrow reads give their part, narrow writes nothing', () => {
    expect(read(0x160)).toBe(0);
    expect(read(0xffc)).toBe(0);
    expect(device.readMemory(BASE + 2, 2)).toBe(0x8086);
    device.writeMemory(BASE + CONFIGURATION, 1, 1);
    device.writeMemory(BASE + CONFIGURATION, 1, 2);
    expect(read(CONFIGURATION)).toBe(0);
  });
});

describe('the main counter', () => {
  it('stands until it is enabled, keeps its value when it is disabled, and is set only then', () => {
    device.advance(1000);
    expect(read(COUNTER)).toBe(0);
    write(COUNTER + 4, 0x12);
    write(COUNTER, 0xfffffff0);
    write(CONFIGURATION, 1);
    device.advance(32 * TICK);
    expect([read(COUNTER), read(COUNTER + 4)]).toEqual([0x10, 0x13]);
    write(COUNTER, 0);
    expect(read(COUNTER)).toBe(0x10);
    write(CONFIGURATION, 0);
    device.advance(1000);
    expect([read(COUNTER), read(COUNTER + 4)]).toEqual([0x10, 0x13]);
  });

  it('does not drift in ten million seconds', () => {
    write(CONFIGURATION, 1);
    device.platform.clock.idleUntil(device.platform.clock.now + 1e16);
    expect(read(COUNTER + 4) * 2 ** 32 + read(COUNTER)).toBe(1e15);
  });
});

describe('a one-shot timer', () => {
  it('gives one edge at its tick', () => {
    write(timer(2), ENABLE | route(10));
    write(timer(2) + COMPARATOR, 1000);
    write(timer(2) + COMPARATOR + 4, 0);
    write(CONFIGURATION, 1);
    device.advance(999 * TICK);
    expect(device.edges).toEqual([]);
    device.advance(TICK);
    expect(device.edges).toEqual([11, -11]);
    device.advance(1e9);
    expect(device.edges.length).toBe(2);
  });

  it('with 32 bits comes again when the counter has gone round', () => {
    write(timer(1), ENABLE | WIDTH_32 | route(11));
    write(timer(1) + COMPARATOR, 50);
    write(COUNTER + 4, 0x77);
    write(CONFIGURATION, 1);
    device.advance(50 * TICK);
    expect(device.edges.length).toBe(2);
    device.advance(2 ** 32 * TICK - 1);
    expect(device.edges.length).toBe(2);
    device.advance(1);
    expect(device.edges.length).toBe(4);
    expect(read(timer(1) + COMPARATOR + 4)).toBe(0);
  });

  it('level-triggered stays until the status is cleared', () => {
    write(timer(0), ENABLE | LEVEL | route(7));
    write(timer(0) + COMPARATOR, 100);
    write(timer(0) + COMPARATOR + 4, 0);
    write(CONFIGURATION, 1);
    device.advance(150 * TICK);
    expect(device.irq(7)).toBe(1);
    expect(read(STATUS)).toBe(1);
    write(STATUS, 2);
    expect(device.irq(7)).toBe(1);
    write(STATUS, 1);
    expect(device.irq(7)).toBe(0);
    expect(read(STATUS)).toBe(0);
  });

  it('that is not enabled does not interrupt, but shows its status', () => {
    write(timer(0), LEVEL | route(7));
    write(timer(0) + COMPARATOR, 100);
    write(timer(0) + COMPARATOR + 4, 0);
    write(CONFIGURATION, 1);
    device.advance(150 * TICK);
    expect(device.irq(7)).toBe(0);
    expect(read(STATUS)).toBe(1);
    write(timer(0), LEVEL | ENABLE | route(7));
    expect(device.irq(7)).toBe(1);
  });
});

describe('a periodic timer', () => {
  function start(first: number, period: number): void {
    write(timer(0), ENABLE | PERIODIC | SET_VALUE | route(5));
    write(timer(0) + COMPARATOR, first);
    write(timer(0) + COMPARATOR, period);
    write(CONFIGURATION, 1);
  }

  beforeEach(() => write(timer(0), 0));

  it('comes first at the value and then every period', () => {
    write(timer(0) + COMPARATOR + 4, 0);
    start(500, 300);
    device.advance(499 * TICK);
    expect(device.edges.length).toBe(0);
    device.advance(TICK);
    expect(device.edges.length).toBe(2);
    expect(read(timer(0) + COMPARATOR)).toBe(800);
    device.advance(300 * TICK * 1000);
    expect(device.edges.length).toBe(2 + 2 * 1000);
    expect(read(timer(0) + COMPARATOR)).toBe(800 + 300 * 1000);
  });

  it('one write sets value and period', () => {
    write(timer(0) + COMPARATOR + 4, 0);
    write(timer(0), ENABLE | PERIODIC | SET_VALUE | WIDTH_32 | route(5));
    write(timer(0) + COMPARATOR, 100);
    write(CONFIGURATION, 1);
    device.advance(1000 * TICK);
    expect(device.edges.length).toBe(20);
  });

  it('with a period of 0 matches once', () => {
    write(timer(0) + COMPARATOR + 4, 0);
    start(100, 0);
    device.advance(1e9);
    expect(device.edges.length).toBe(2);
  });
});

describe('legacy replacement', () => {
  it('timers 0 and 1 take the lines of PIT and clock, and give them back', () => {
    device.write(0x43, 0x34);
    device.write(0x40, 100);
    device.write(0x40, 0);
    for (const index of [0, 1]) {
      write(timer(index), ENABLE);
      write(timer(index) + COMPARATOR, 1000 + index);
      write(timer(index) + COMPARATOR + 4, 0);
    }
    write(CONFIGURATION, 3);
    device.edges.length = 0;
    device.advance(2000 * TICK);
    expect(device.edges).toEqual([1, -1, 9, -9]);
    write(CONFIGURATION, 0);
    expect(device.irq(0)).toBe(1);
    device.edges.length = 0;
    device.advance(1e6);
    expect(device.edges.length).toBeGreaterThan(10);
    expect(device.edges.every((edge) => Math.abs(edge) === 1)).toBe(true);
  });
});
