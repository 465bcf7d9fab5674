/**
 * Layout of the x87 environment in its four formats ([SDM] vol. 1, figures 8-9 to 8-12), where the native harness, a 32-bit
 * protected-mode process on a processor without code and data selectors for the unit, cannot go; and restart after faults.
 */
import { describe, expect, it } from 'vitest';
import { createX87 } from '../../../guest/cpu/x87';
import type { FloatingPointHost } from '../../../guest/cpu/x87-interface';

const DATA_SEGMENT = 3;
const CODE = { selector: 0x1234, offset: 0xbeef };
const OPERAND = { selector: 0x5678, offset: 0x9abc };

class Fault extends Error {}

interface Machine extends FloatingPointHost {
  readonly memory: DataView;
  wide: boolean;
  protectedAddresses: boolean;
  /** Accesses at and above this offset fault. */
  limit: number;
  mathErrors: number;
}

function machine(): Machine {
  const memory = new DataView(new ArrayBuffer(0x10000));
  const checked = (offset: number, bytes: number): number => {
    if (offset + bytes > host.limit) throw new Fault();
    return offset;
  };
  const host: Machine = {
    memory,
    wide: true,
    protectedAddresses: true,
    limit: 0x10000,
    mathErrors: 0,
    readMemory8: (_, offset) => memory.getUint8(checked(offset, 1)),
    readMemory16: (_, offset) => memory.getUint16(checked(offset, 2), true),
    readMemory32: (_, offset) => memory.getInt32(checked(offset, 4), true),
    writeMemory8: (_, offset, value) => memory.setUint8(checked(offset, 1), value),
    writeMemory16: (_, offset, value) => memory.setUint16(checked(offset, 2), value, true),
    writeMemory32: (_, offset, value) => memory.setInt32(checked(offset, 4), value, true),
    probeWrite: (_, offset, bytes) => {
      checked(offset, bytes);
    },
    setAx: () => {},
    flags: () => 0,
    setCompareFlags: () => {},
    operandSize32: () => host.wide,
    protectedMode: () => host.protectedAddresses,
    instructionOffset: () => CODE.offset,
    codeSelector: () => CODE.selector,
    segmentSelector: () => OPERAND.selector,
    signalMathError: () => {
      host.mathErrors++;
    },
  };
  return host;
}

/** A unit that has just executed FLD m32 at the well-known place, its environment stored at 100h. */
function storedEnvironment(wide: boolean, protectedAddresses: boolean): Machine {
  const host = machine();
  const unit = createX87(host);
  unit.execute(0xdb, 0xe3, 0, 0);
  unit.execute(0xd9, 0x06, DATA_SEGMENT, OPERAND.offset);
  host.wide = wide;
  host.protectedAddresses = protectedAddresses;
  unit.execute(0xd9, 0x36, DATA_SEGMENT, 0x100);
  return host;
}

/** FLD m32 is D9h, ModRM 06h: the opcode register holds its low three bits and the ModRM byte. */
const OPCODE = 0x106;
const STATUS_AFTER_LOAD = 0x3800;
/** Register 7 holds zero (01), the others are empty (11). */
const TAGS_AFTER_LOAD = 0x7fff;

describe('x87 environment', () => {
  it('protected mode, 32 bits', () => {
    const { memory } = storedEnvironment(true, true);
    const words = Array.from({ length: 7 }, (_, i) => memory.getUint32(0x100 + 4 * i, true));
    expect(words.map((word, i) => (i < 3 ? word & 0xffff : word))).toEqual([
      0x037f,
      STATUS_AFTER_LOAD,
      TAGS_AFTER_LOAD,
      CODE.offset,
      (OPCODE << 16) | CODE.selector,
      OPERAND.offset,
      0xffff0000 + OPERAND.selector,
    ]);
  });

  it('real mode, 32 bits', () => {
    const { memory } = storedEnvironment(true, false);
    const words = Array.from({ length: 7 }, (_, i) => memory.getUint32(0x100 + 4 * i, true));
    const code = (CODE.selector << 4) + CODE.offset;
    const operand = (OPERAND.selector << 4) + OPERAND.offset;
    expect(words.map((word, i) => (i < 4 || i === 5 ? word & 0xffff : word))).toEqual([
      0x037f,
      STATUS_AFTER_LOAD,
      TAGS_AFTER_LOAD,
      code & 0xffff,
      ((code >>> 16) << 12) | OPCODE,
      operand & 0xffff,
      (operand >>> 16) << 12,
    ]);
  });

  it('protected mode, 16 bits', () => {
    const { memory } = storedEnvironment(false, true);
    const words = Array.from({ length: 7 }, (_, i) => memory.getUint16(0x100 + 2 * i, true));
    const pointers = [CODE.offset, CODE.selector, OPERAND.offset, OPERAND.selector];
    expect(words).toEqual([0x037f, STATUS_AFTER_LOAD, TAGS_AFTER_LOAD, ...pointers]);
    expect(memory.getUint16(0x100 + 14, true)).toBe(0);
  });

  it('real mode, 16 bits', () => {
    const { memory } = storedEnvironment(false, false);
    const words = Array.from({ length: 7 }, (_, i) => memory.getUint16(0x100 + 2 * i, true));
    const code = (CODE.selector << 4) + CODE.offset;
    const operand = (OPERAND.selector << 4) + OPERAND.offset;
    const pointers = [code & 0xffff, ((code >>> 16) << 12) | OPCODE, operand & 0xffff, (operand >>> 16) << 12];
    expect(words).toEqual([0x037f, STATUS_AFTER_LOAD, TAGS_AFTER_LOAD, ...pointers]);
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('comes back as it was stored (32 bits: %s, protected: %s)', (wide, protectedAddresses) => {
    const host = storedEnvironment(wide, protectedAddresses);
    const unit = createX87(host);
    unit.execute(0xd9, 0x26, DATA_SEGMENT, 0x100);
    unit.execute(0xd9, 0x36, DATA_SEGMENT, 0x200);
    const bytes = (start: number) => new Uint8Array(host.memory.buffer, start, wide ? 28 : 14);
    expect(bytes(0x200)).toEqual(bytes(0x100));
  });
});

describe('x87 instructions that fault', () => {
  const prepared = (): { host: Machine; unit: ReturnType<typeof createX87> } => {
    const host = machine();
    const unit = createX87(host);
    unit.execute(0xdb, 0xe3, 0, 0);
    for (let i = 0; i < 3; i++) unit.execute(0xd9, 0xe8 + i, 0, 0);
    return { host, unit };
  };
  /** ModRM of [disp16] with each reg, opcodes D8-DF: loads, stores, arithmetic, environment, state. */
  const encodings = Array.from({ length: 64 }, (_, i) => [0xd8 + (i >>> 3), ((i & 7) << 3) | 6] as const);

  it.each(encodings)('%#: %i /%i leaves unit and memory alone', (opcode, modrm) => {
    const { host, unit } = prepared();
    const state = JSON.stringify(unit.save());
    // Every operand begins one byte before the end of what is there.
    host.limit = 0x801;
    const before = Buffer.from(host.memory.buffer.slice(0));
    let faulted = false;
    try {
      unit.execute(opcode, modrm, DATA_SEGMENT, 0x800);
    } catch (reason) {
      if (!(reason instanceof Fault)) throw reason;
      faulted = true;
    }
    const reserved = !faulted && JSON.stringify(unit.save()) === state;
    expect(faulted || reserved).toBe(true);
    expect(JSON.stringify(unit.save())).toBe(state);
    expect(before.equals(new Uint8Array(host.memory.buffer))).toBe(true);
  });

  it('a state that was saved is the one that continues', () => {
    const { host, unit } = prepared();
    const other = createX87(host);
    other.restore(JSON.parse(JSON.stringify(unit.save())));
    for (const each of [unit, other]) each.execute(0xde, 0xc1, 0, 0);
    expect(other.save()).toEqual(unit.save());
  });

  it('an unmasked exception is met by the next waiting instruction, once it is pending', () => {
    const { host, unit } = prepared();
    host.memory.setUint16(0x10, 0x037e, true);
    unit.execute(0xd9, 0x2e, DATA_SEGMENT, 0x10);
    unit.execute(0xd9, 0xe0, 0, 0);
    expect(host.mathErrors).toBe(0);
    for (let i = 0; i < 3; i++) unit.execute(0xdd, 0xd8, 0, 0);
    unit.execute(0xdd, 0xd8, 0, 0);
    expect(host.mathErrors).toBe(0);
    unit.wait();
    expect(host.mathErrors).toBe(1);
    unit.execute(0xdb, 0xe2, 0, 0);
    unit.wait();
    expect(host.mathErrors).toBe(1);
  });
});
