/**
 * A reader for the parts of the WebAssembly binary format that the audit and the fuel pass need ([WebAssembly core 2.0] 5).
 * The alternative, binaryen's JavaScript interface, rewrites the module on the way; here every byte that is not meant to
 * change stays as the compiler wrote it.
 */

export const Section = {
  CUSTOM: 0,
  TYPE: 1,
  IMPORT: 2,
  FUNCTION: 3,
  TABLE: 4,
  MEMORY: 5,
  GLOBAL: 6,
  EXPORT: 7,
  START: 8,
  ELEMENT: 9,
  CODE: 10,
  DATA: 11,
  DATA_COUNT: 12,
} as const;

export interface SectionBytes {
  id: number;
  content: Uint8Array;
}

/** Cursor over bytes with the binary format's integer encodings. */
export class Reader {
  position = 0;

  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    if (this.atEnd) throw new RangeError(`WebAssembly binary ends at byte ${this.position}`);
    return this.bytes[this.position++] as number;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
  }

  /** Skip a signed LEB128 of any width. */
  skipSigned(): void {
    while (this.byte() >= 0x80);
  }

  /** Signed LEB128 of at most 32 bits. */
  i32(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? result | (-1 << (shift + 7)) : result;
    }
  }

  take(length: number): Uint8Array {
    const part = this.bytes.subarray(this.position, this.position + length);
    if (part.length !== length) throw new RangeError(`WebAssembly binary ends inside ${length} bytes`);
    this.position += length;
    return part;
  }

  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }
}

export function readSections(binary: Uint8Array): SectionBytes[] {
  const reader = new Reader(binary);
  const preamble = reader.take(8);
  if (preamble.join() !== '0,97,115,109,1,0,0,0') throw new TypeError('not a WebAssembly 1 binary');
  const sections: SectionBytes[] = [];
  while (!reader.atEnd) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.u32()) });
  }
  return sections;
}

/** Called for each instruction of a function body: its opcode and the positions of its first byte and of the next one. */
export type InstructionVisitor = (opcode: number, start: number, end: number) => void;

/** Walk the instructions of `reader` from its position to its end. */
export function walkInstructions(reader: Reader, visit: InstructionVisitor): void {
  while (!reader.atEnd) {
    const start = reader.position;
    const opcode = reader.byte();
    skipImmediates(reader, opcode);
    visit(opcode, start, reader.position);
  }
}

export const Opcode = {
  LOOP: 0x03,
  MEMORY_GROW: 0x40,
  GLOBAL_SET: 0x24,
  BULK: 0xfc,
  I32_CONST: 0x41,
  END: 0x0b,
} as const;

function skipImmediates(reader: Reader, opcode: number): void {
  if (opcode >= 0x28 && opcode <= 0x3e) skipMemoryArgument(reader);
  else if (opcode >= 0x45 && opcode <= 0xc4) return;
  else if (opcode === 0xfc) skipBulkImmediates(reader);
  else if (opcode === 0xfe) skipAtomicImmediates(reader);
  else skipControlImmediates(reader, opcode);
}

function skipMemoryArgument(reader: Reader): void {
  reader.u32();
  reader.u32();
}

function skipControlImmediates(reader: Reader, opcode: number): void {
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0b: // end
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
      return;
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x41: // i32.const
    case 0x42: // i64.const
      reader.skipSigned();
      return;
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0x20: // local.get
    case 0x21: // local.set
    case 0x22: // local.tee
    case 0x23: // global.get
    case 0x24: // global.set
    case 0x3f: // memory.size
    case 0x40: // memory.grow
      reader.u32();
      return;
    case 0x0e: // br_table
      for (let labels = reader.u32() + 1; labels > 0; labels--) reader.u32();
      return;
    case 0x11: // call_indirect
      reader.u32();
      reader.u32();
      return;
    default:
      throw new TypeError(`WebAssembly opcode 0x${opcode.toString(16)} is not one that firmware may use`);
  }
}

/** Of the 0xFC group only memory.copy and memory.fill: the others touch passive segments, tables or floats. */
function skipBulkImmediates(reader: Reader): void {
  const operation = reader.u32();
  if (operation === 10) skipMemoryArgument(reader);
  else if (operation === 11) reader.u32();
  else throw new TypeError(`WebAssembly opcode 0xFC ${operation} is not one that firmware may use`);
}

function skipAtomicImmediates(reader: Reader): void {
  const operation = reader.u32();
  if (operation === 3) reader.byte();
  else skipMemoryArgument(reader);
}
