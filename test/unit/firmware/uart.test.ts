import { describe, expect, it } from 'vitest';
import type { UartConfig } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';

const COM1 = 0x3f8;
const COM2 = 0x2f8;
const COM3 = 0x3e8;
const COM4 = 0x2e8;
const [DATA, IER, FCR, LCR, MCR, LSR, MSR] = [0, 1, 2, 3, 4, 5, 6] as const;
const IIR = FCR;
/** Bytes that a console ring holds on its way out. */
const RING = 2048;
/** One bit at 115200 baud. */
const BIT = 1e9 / 115_200;

interface Port {
  device: FirmwareDevice;
  sent: number[];
}

/** A machine with UARTs that differ from the usual one by `changes`; COM1's output is in `sent`. */
async function machine(...changes: Partial<UartConfig>[]): Promise<Port> {
  const sent: number[] = [];
  const uarts = changes.map((change, index) => ({
    model: 3,
    sink: (byte: number) => {
      if (index === 0) sent.push(byte);
    },
    lineRate: false,
    lossy: false,
    ...change,
  }));
  const device = await FirmwareDevice.create({ uarts });
  for (const base of [COM1, COM2, COM3, COM4]) device.write(base + LCR, 0x03);
  return { device, sent };
}

function setRate(device: FirmwareDevice, divisor: number): void {
  device.write(COM1 + LCR, 0x83);
  device.write(COM1 + DATA, divisor & 0xff);
  device.write(COM1 + IER, divisor >> 8);
  device.write(COM1 + LCR, 0x03);
}

const text = (bytes: number[]) => String.fromCharCode(...bytes);

describe('four ports', () => {
  it('each has its registers, its console and its line', async () => {
    const { device } = await machine({}, {}, {}, {});
    for (const [index, base] of [COM1, COM2, COM3, COM4].entries()) device.write(base + 7, 0x10 + index);
    expect([COM1, COM2, COM3, COM4].map((base) => device.read(base + 7))).toEqual([0x10, 0x11, 0x12, 0x13]);
    for (const base of [COM1, COM2, COM3, COM4]) device.write(base + IER, 1);
    for (const [index, line] of [4, 3, 4, 3].entries()) {
      device.receive(index, Uint8Array.of(0x41 + index));
      expect(device.irq(line)).toBe(1);
      expect(device.irq(7 - line)).toBe(0);
      expect(device.read([COM1, COM2, COM3, COM4][index]! + DATA)).toBe(0x41 + index);
      expect(device.irq(line)).toBe(0);
    }
  });

  it('two on one line keep it asserted until neither wants it', async () => {
    const { device } = await machine({}, {}, {}, {});
    device.write(COM1 + IER, 1);
    device.write(COM3 + IER, 1);
    device.receive(0, Uint8Array.of(1));
    device.receive(2, Uint8Array.of(3));
    device.read(COM1 + DATA);
    expect(device.irq(4)).toBe(1);
    device.read(COM3 + DATA);
    expect(device.irq(4)).toBe(0);
  });

  it('one that is absent reads all ones and takes nothing', async () => {
    const { device } = await machine({}, { model: 0 });
    device.write(COM2 + 7, 0x55);
    expect(device.read(COM2 + 7)).toBe(0xff);
    expect(device.read(COM4 + LSR)).toBe(0xff);
    expect(device.read(COM4 + LCR, 4)).toBe(0xffffffff);
  });

  it('wide accesses are bytes at ascending ports, and beyond the eighth nothing', async () => {
    const { device, sent } = await machine({});
    device.write(COM1 + LCR, 0x83);
    device.write(COM1 + DATA, 0x1234, 2);
    expect(device.read(COM1 + DATA, 4)).toBe(0x83011234);
    device.write(COM1 + LCR, 0x03);
    device.write(COM1 + 7, 0xa5);
    expect(device.read(COM1 + 7, 2)).toBe(0xffa5);
    device.write(COM1 + DATA, 0x0041, 2);
    device.advance(1e6);
    expect(text(sent)).toBe('A');
  });
});

describe('a console that does not take output', () => {
  it('blocking: the transmitter waits, and goes on where it stopped', async () => {
    const { device, sent } = await machine({});
    device.write(COM1 + IER, 2);
    for (let index = 0; index < RING; index++) device.write(COM1 + DATA, index & 0x7f);
    expect(device.read(COM1 + LSR)).toBe(0x60);
    device.write(COM1 + DATA, 0x7e);
    expect(device.read(COM1 + LSR)).toBe(0x20);
    device.write(COM1 + DATA, 0x7f);
    expect(device.read(COM1 + LSR)).toBe(0x00);
    expect(device.irq(4)).toBe(0);
    device.advance(1e6);
    expect(device.read(COM1 + LSR)).toBe(0x60);
    expect(device.irq(4)).toBe(1);
    expect(sent.length).toBe(RING + 2);
    expect(sent.slice(-3)).toEqual([(RING - 1) & 0x7f, 0x7e, 0x7f]);
  });

  it('blocking with FIFO: sixteen more wait, and a seventeenth costs the oldest', async () => {
    const { device, sent } = await machine({});
    device.write(COM1 + FCR, 1);
    for (let index = 0; index < RING + 1 + 17; index++) device.write(COM1 + DATA, index % 100);
    expect(device.read(COM1 + LSR)).toBe(0x00);
    device.advance(1e6);
    expect(sent.length).toBe(RING + 17);
    expect(sent[RING]).toBe(RING % 100);
    expect(sent[RING + 1]).toBe((RING + 2) % 100);
  });

  it('lossy: it is dropped', async () => {
    const { device, sent } = await machine({ lossy: true });
    for (let index = 0; index < RING + 5; index++) device.write(COM1 + DATA, 1);
    expect(device.read(COM1 + LSR)).toBe(0x60);
    device.advance(1e6);
    expect(sent.length).toBe(RING);
  });
});

describe('a line with a rate', () => {
  it('sends one character after another without a gap', async () => {
    const { device, sent } = await machine({ lineRate: true });
    setRate(device, 1);
    device.write(COM1 + FCR, 1);
    for (const character of 'abcdef') device.write(COM1 + DATA, character.charCodeAt(0));
    device.advance(59.9 * BIT);
    expect(device.read(COM1 + LSR)).toBe(0x20);
    expect(text(sent)).toBe('abcde');
    device.advance(0.2 * BIT);
    expect(device.read(COM1 + LSR)).toBe(0x60);
    device.advance(1e6);
    expect(text(sent)).toBe('abcdef');
  });

  it('does not drift: 4000 characters take 4000 character times', async () => {
    const { device, sent } = await machine({ lineRate: true });
    setRate(device, 1);
    device.write(COM1 + IER, 2);
    const start = device.platform.clock.now;
    for (let index = 0; index < 4000; index++) {
      while ((device.read(COM1 + LSR) & 0x20) === 0) {
        device.advance(Math.max(1, device.platform.deadlines.earliest - device.platform.clock.now));
      }
      device.write(COM1 + DATA, 0x55);
    }
    while ((device.read(COM1 + LSR) & 0x40) === 0) {
      device.advance(Math.max(1, device.platform.deadlines.earliest - device.platform.clock.now));
    }
    expect(device.platform.clock.now - start).toBe(Math.ceil(4000 * 10 * BIT));
    device.advance(1e6);
    expect(sent.length).toBe(4000);
  });

  it('brings a burst in at its rate, and loses what finds no room', async () => {
    const { device } = await machine({ lineRate: true, lossy: true });
    setRate(device, 1);
    device.write(COM1 + FCR, 1);
    device.receive(
      0,
      Uint8Array.from({ length: 20 }, (_, index) => index),
    );
    expect(device.read(COM1 + LSR)).toBe(0x61);
    expect(device.read(COM1 + DATA)).toBe(0);
    expect(device.read(COM1 + LSR)).toBe(0x60);
    device.advance(10.1 * BIT);
    expect(device.read(COM1 + DATA)).toBe(1);
    device.advance(180 * BIT);
    expect(device.read(COM1 + LSR)).toBe(0x63);
    expect(Array.from({ length: 16 }, () => device.read(COM1 + DATA))).toEqual(
      Array.from({ length: 16 }, (_, index) => index + 2),
    );
    expect(device.read(COM1 + LSR)).toBe(0x60);
  });

  it('waits with the burst if the other end does', async () => {
    const { device } = await machine({ lineRate: true });
    setRate(device, 1);
    device.receive(0, Uint8Array.of(1, 2, 3));
    for (const character of [1, 2, 3]) {
      device.advance(1000 * BIT);
      expect(device.read(COM1 + DATA)).toBe(character);
    }
    expect(device.read(COM1 + LSR)).toBe(0x60);
  });

  it('never wakes up for nothing while it waits', async () => {
    const { device } = await machine({ lineRate: true });
    setRate(device, 1);
    device.write(0x43, 0x30);
    device.receive(0, Uint8Array.of(1, 2, 3));
    device.advance(1e9);
    const calls = device.platform.recent.lines(64).length;
    device.advance(1e9);
    expect(device.platform.recent.lines(64).length - calls).toBeLessThan(8);
  });
});

describe('marked input', () => {
  it('carries errors, FFh and modem lines', async () => {
    const { device } = await machine({ marked: true });
    device.write(COM1 + FCR, 1);
    device.receive(0, Uint8Array.of(0x41, 0xff, 0xff, 0xff, 0x04, 0x42, 0xff, 0x80, 0x30, 0xff));
    expect(device.read(COM1 + MSR)).toBe(0x38);
    expect(device.read(COM1 + LSR)).toBe(0xe1);
    expect([1, 2].map(() => device.read(COM1 + DATA))).toEqual([0x41, 0xff]);
    expect(device.read(COM1 + LSR)).toBe(0xe5);
    expect(device.read(COM1 + DATA)).toBe(0x42);
    device.receive(0, Uint8Array.of(0x10));
    expect(device.read(COM1 + LSR)).toBe(0x60);
    device.receive(0, Uint8Array.of(0x77));
    expect(device.read(COM1 + LSR)).toBe(0xf1);
    expect(device.read(COM1 + DATA)).toBe(0);
  });
});

describe('interrupts', () => {
  it('the transmitter empties with a falling and a rising edge for each character', async () => {
    const { device } = await machine({});
    device.write(COM1 + IER, 2);
    expect(device.irq(4)).toBe(1);
    device.edges.length = 0;
    device.write(COM1 + DATA, 0x41);
    expect(device.edges).toEqual([-5, 5]);
    expect(device.read(COM1 + IIR)).toBe(0x02);
    expect(device.irq(4)).toBe(0);
  });

  it('OUT2 does not gate the line', async () => {
    const { device } = await machine({});
    device.write(COM1 + IER, 2);
    device.write(COM1 + MCR, 0x08);
    expect(device.irq(4)).toBe(1);
    device.write(COM1 + MCR, 0x00);
    expect(device.irq(4)).toBe(1);
  });

  it('a time-out wakes the guest by itself', async () => {
    const { device } = await machine({});
    setRate(device, 12);
    device.write(COM1 + FCR, 0xc1);
    device.write(COM1 + IER, 1);
    device.receive(0, Uint8Array.of(1));
    device.advance(39 * 12 * BIT);
    expect(device.irq(4)).toBe(0);
    device.advance(1.01 * 12 * BIT);
    expect(device.irq(4)).toBe(1);
    expect(device.read(COM1 + IIR)).toBe(0xcc);
  });
});
