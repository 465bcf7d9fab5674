import fc from 'fast-check';

/**
 * Generated guests: real-mode programs of port accesses, string I/O, delays and waits, as a ROM image that starts at reset.
 *
 * They set up the interrupt controllers and count every interrupt in memory, add up whatever they read, and end with HLT. What
 * they do in between need not make sense to a device: placements must be equal for sloppy guests too.
 */
export type Operation =
  | { kind: 'in'; port: number; width: Width }
  | { kind: 'out'; port: number; width: Width; value: number }
  | StringOperation
  | { kind: 'delay'; rounds: number }
  | { kind: 'wait' };
export type Width = 1 | 2 | 4;

interface StringOperation {
  kind: 'ins' | 'outs';
  port: number;
  width: Width;
  count: number;
  descending: boolean;
  segment: number;
}

const IMAGE_SIZE = 0x10000;
const IMAGE_SEGMENT = 0xf000;
const RESET_VECTOR = 0xfff0;
/** Where string I/O ends or begins within its segment: pages are crossed. */
const BUFFER = 0x1ff8;
/** Sum of everything read, in memory, so that the comparison sees it. */
const SUM = 0x7e00;
/** First vectors of the two 8259As, and the port pairs. */
const PICS = [
  [0x20, 0x08, 0x04],
  [0xa0, 0x70, 0x02],
] as const;

class Code {
  readonly bytes: number[] = [];

  emit(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }

  word(value: number): this {
    return this.emit(value & 0xff, (value >> 8) & 0xff);
  }

  /** MOV AX, imm / MOV DX, imm / MOV CX, imm and so on: register number as encoded. */
  move(register: number, value: number): this {
    return this.emit(0xb8 + register).word(value);
  }

  moveAccumulator(value: number): this {
    this.emit(0x66, 0xb8).word(value);
    return this.word(value >>> 16);
  }

  outByte(port: number, value: number): this {
    return this.emit(0xb0, value, 0xe6, port);
  }
}
const [CX, DX, SP, SI, DI] = [1, 2, 4, 6, 7];

/** The image of a program. */
export function assemble(operations: readonly Operation[]): Uint8Array {
  const code = new Code();
  // XOR AX, AX; MOV DS, ES, SS from AX.
  code.emit(0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0).move(SP, 0x7c00);
  const fixups: number[] = [];
  for (const [, vector] of PICS) {
    for (let index = 0; index < 8; index++) {
      // MOV WORD [vector * 4], handler; MOV WORD [vector * 4 + 2], segment.
      code.emit(0xc7, 0x06).word((vector + index) * 4);
      fixups.push(code.bytes.length);
      code
        .word(0)
        .emit(0xc7, 0x06)
        .word((vector + index) * 4 + 2)
        .word(IMAGE_SEGMENT);
    }
  }
  for (const [port, vector, cascade] of PICS) {
    code
      .outByte(port, 0x11)
      .outByte(port + 1, vector)
      .outByte(port + 1, cascade)
      .outByte(port + 1, 0x01);
    code.outByte(port + 1, 0x00);
  }
  code.emit(0xfb);
  for (const operation of operations) emit(code, operation);
  code.emit(0xfa, 0xf4);
  const handler = code.bytes.length;
  // PUSH AX; INC WORD [SUM + 4]; MOV AL, 20h; OUT A0h, AL; OUT 20h, AL; POP AX; IRET.
  code
    .emit(0x50, 0xff, 0x06)
    .word(SUM + 4)
    .emit(0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20, 0x58, 0xcf);
  if (code.bytes.length > RESET_VECTOR) throw new RangeError(`a program of ${code.bytes.length} bytes`);
  const image = new Uint8Array(IMAGE_SIZE);
  image.set(code.bytes);
  for (const fixup of fixups) image.set([handler & 0xff, handler >> 8], fixup);
  image.set([0xea, 0x00, 0x00, IMAGE_SEGMENT & 0xff, IMAGE_SEGMENT >> 8], RESET_VECTOR);
  return image;
}

const PREFIX: Record<Width, number[]> = { 1: [], 2: [], 4: [0x66] };

function emit(code: Code, operation: Operation): void {
  switch (operation.kind) {
    case 'in':
      code.moveAccumulator(0).move(DX, operation.port);
      code.emit(...PREFIX[operation.width], operation.width === 1 ? 0xec : 0xed);
      // ADD [SUM], EAX; ROL DWORD [SUM], 1.
      code.emit(0x66, 0x01, 0x06).word(SUM).emit(0x66, 0xd1, 0x06).word(SUM);
      break;
    case 'out':
      code.moveAccumulator(operation.value).move(DX, operation.port);
      code.emit(...PREFIX[operation.width], operation.width === 1 ? 0xee : 0xef);
      break;
    case 'ins':
    case 'outs':
      emitString(code, operation);
      break;
    case 'delay':
      code.move(CX, operation.rounds).emit(0xe2, 0xfe);
      break;
    case 'wait':
      code.emit(0xf4);
  }
}

function emitString(code: Code, { kind, port, width, count, descending, segment }: StringOperation): void {
  // MOV AX, segment; MOV ES, AX; MOV DS, AX; then back to 0.
  code.move(0, segment).emit(0x8e, 0xc0, 0x8e, 0xd8).move(DX, port).move(CX, count).move(SI, BUFFER).move(DI, BUFFER);
  const opcode = (kind === 'ins' ? 0x6c : 0x6e) + (width === 1 ? 0 : 1);
  code.emit(descending ? 0xfd : 0xfc, ...PREFIX[width], 0xf3, opcode, 0xfc, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0);
}

/** Ports with something behind them, each device about as often as the others, and two with nothing. */
const PORTS = fc.oneof(
  fc.integer({ min: 0x3f8, max: 0x3ff }),
  fc.constantFrom(0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6, 0x1f7, 0x3f6, 0x176, 0x177),
  fc.constantFrom(0x40, 0x41, 0x42, 0x43, 0x61),
  fc.constantFrom(0x70, 0x71),
  fc.constantFrom(0x60, 0x80, 0x402, 0x404, 0x510, 0x511, 0x2f8, 0x1234),
);
const width = fc.constantFrom<Width>(1, 1, 1, 2, 4);
const byte = fc.integer({ min: 0, max: 0xff });
const out = (port: number, value: number): Operation => ({ kind: 'out', port, width: 1, value });

const single: fc.Arbitrary<Operation[]> = fc.oneof(
  fc.record({ kind: fc.constant('in' as const), port: PORTS, width }).map((operation) => [operation]),
  fc.record({ kind: fc.constant('out' as const), port: PORTS, width, value: fc.nat(0xffffffff) }).map((op) => [op]),
  fc.integer({ min: 1, max: 20_000 }).map((rounds): Operation[] => [{ kind: 'delay', rounds }]),
  fc
    .record({
      kind: fc.constantFrom('ins' as const, 'outs' as const),
      port: PORTS,
      width,
      count: fc.integer({ min: 0, max: 600 }),
      descending: fc.boolean(),
      segment: fc.constantFrom(0x1000, 0x1000, 0x2000, 0xf000),
    })
    .map((operation) => [operation]),
);

/** READ SECTORS, WRITE SECTORS, IDENTIFY DEVICE, READ VERIFY, and what no drive knows. */
const disk: fc.Arbitrary<Operation[]> = fc
  .record({
    command: fc.constantFrom(0x20, 0x20, 0x30, 0xec, 0x40, 0xff),
    sectors: fc.integer({ min: 1, max: 3 }),
    sector: byte,
    patience: fc.integer({ min: 1, max: 10_000 }),
  })
  .map(({ command, sectors, sector, patience }) => [
    ...[out(0x1f6, 0xe0), out(0x1f2, sectors), out(0x1f3, sector), out(0x1f4, 0), out(0x1f5, 0), out(0x1f7, command)],
    { kind: 'delay', rounds: patience },
    { kind: 'in', port: 0x3f6, width: 1 },
    { kind: 'in', port: 0x1f7, width: 1 },
    ...[{ kind: command === 0x30 ? ('outs' as const) : ('ins' as const), port: 0x1f0, width: 2 as const }].map(
      (operation) => ({ ...operation, count: 256, descending: false, segment: 0x1000 }),
    ),
  ]);

/** A timer that ticks, or is to tick once, and a look at its counter. */
const timer: fc.Arbitrary<Operation[]> = fc
  .record({ mode: fc.integer({ min: 0, max: 5 }), low: byte, high: byte, latch: fc.boolean() })
  .map(({ mode, low, high, latch }) => [
    ...[out(0x43, 0x30 | (mode << 1)), out(0x40, low), out(0x40, high)],
    ...(latch ? [out(0x43, 0x00)] : []),
    { kind: 'in', port: 0x40, width: 1 },
    { kind: 'in', port: 0x40, width: 1 },
    { kind: 'wait' },
  ]);

const serial: fc.Arbitrary<Operation[]> = fc
  .record({ enable: fc.integer({ min: 0, max: 15 }), control: byte, text: fc.array(byte, { maxLength: 20 }) })
  .map(({ enable, control, text }) => [
    ...[out(0x3fb, 3), out(0x3f9, enable), out(0x3fa, control), out(0x3fc, 0x0b)],
    ...text.map((character) => out(0x3f8, character)),
    { kind: 'in', port: 0x3fd, width: 1 },
    { kind: 'in', port: 0x3fa, width: 1 },
    { kind: 'in', port: 0x3f8, width: 1 },
  ]);

const clock: fc.Arbitrary<Operation[]> = fc
  .record({ register: fc.integer({ min: 0, max: 0x7f }), value: byte })
  .map(({ register, value }) => [
    ...[out(0x70, register), out(0x71, value), out(0x70, 0x0c)],
    { kind: 'in', port: 0x71, width: 1 },
  ]);

export const program: fc.Arbitrary<Operation[]> = fc
  .array(fc.oneof({ arbitrary: single, weight: 4 }, disk, timer, serial, clock), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.flat());
