import { Kind } from './code-cache';
import { type HandlerName, handlerNumber } from './handlers';
import { decodeOneByte } from './one-byte';
import { INFO_ADDRESS32, INFO_MEMORY, INFO_OPERAND32, INFO_REPE, INFO_REPNE } from './operands';
import {
  BIT_ADDRESS16,
  FIELD_A,
  FIELD_B,
  FIELD_INDEX,
  FIELD_SCALE,
  FIELD_SEGMENT,
  META_BEFORE,
  META_LENGTH,
  operation,
} from './operations';
import { byteRegister } from './processor';
import { ADDRESS, DS, EBP, EBX, EDI, ES, ESI, ESP, SS, TEMPORARY, ZERO } from './state';

/** Longest instruction ([SDM] vol. 2, 2.3.11). */
export const LONGEST = 15;
/** Records that one instruction can become. */
export const RECORDS_EACH = 8;

/** Base and index registers of 16-bit addressing, by ModRM.rm ([SDM] vol. 2, table 2-1). */
const BASES16 = [EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX];
const INDICES16 = [ESI, EDI, ESI, EDI, ZERO, ZERO, ZERO, ZERO];

/**
 * Translates one instruction at a time into records. The bytes come from guest memory, or from a buffer when the instruction
 * straddles two pages; running out of them is reported, not raised, as nothing has been executed yet.
 */
export class Decoder {
  /** Where records go: index in words. */
  at = 0;
  /** The next instruction is not in this run: control goes elsewhere or is looked up afresh. */
  ends = false;
  /** The bytes ended before the instruction did. */
  short = false;
  kind: number = Kind.CODE16;
  /** Branches may be chained: flat code that is not stepped. */
  chains = false;

  // The instruction under translation.
  private opcode = 0;
  /** Size code (1 or 2) of operands other than bytes. */
  operandSize = 1;
  address32 = false;
  /** Segment override, or -1. */
  override = -1;
  /** INFO_REPE, INFO_REPNE or 0. */
  repeat = 0;
  locked = false;
  /** A LOCK prefix is allowed: read-modify-write of memory. */
  lockable = false;

  mod = 3;
  reg = 0;
  rm = 0;
  private base = ZERO;
  private index = ZERO;
  private scale = 0;
  private displacement = 0;
  segment = DS;

  private bytes: Uint8Array = new Uint8Array(0);
  private position = 0;
  private end = 0;
  private origin = 0;

  constructor(private readonly records: Int32Array) {}

  /**
   * Take instructions from `bytes[position]` up to `end`; `pageOffset` is the place of that first byte in its page.
   */
  start(bytes: Uint8Array, position: number, end: number, pageOffset: number): void {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    this.origin = position - pageOffset;
  }

  /** Place in the page of the next byte. */
  get pageOffset(): number {
    return this.position - this.origin;
  }

  /**
   * Translate one instruction; `before` instructions precede it in its run.
   * @returns false if the bytes did not suffice: then nothing was written
   */
  instruction(before: number): boolean {
    const first = this.at;
    const start = this.position;
    this.short = false;
    this.ends = false;
    this.prefixes();
    decodeOneByte(this, this.opcode);
    const length = this.position - start;
    if (length > LONGEST) this.replace(first, 'overlongInstruction');
    else if (this.short) {
      this.at = first;
      this.position = start;
      this.ends = false;
      return false;
    } else if (this.locked && !this.lockable) this.replace(first, 'undefinedInstruction');
    const meta = (start - this.origin) | (Math.min(length, LONGEST) << META_LENGTH) | (before << META_BEFORE);
    for (let record = first; record < this.at; record += 4) this.records[record + 3] = meta;
    return true;
  }

  /** The instruction turns out to be one that only faults. */
  private replace(first: number, name: HandlerName): void {
    this.at = first;
    this.mod = 3;
    this.handler('HANDLER', name, 0, 0);
    this.ends = true;
  }

  private prefixes(): void {
    const code32 = this.kind !== Kind.CODE16;
    this.operandSize = code32 ? 2 : 1;
    this.address32 = code32;
    this.override = -1;
    this.repeat = 0;
    this.locked = false;
    this.lockable = false;
    this.mod = 3;
    for (let count = 0; count < LONGEST; count++) {
      const byte = this.byte();
      this.opcode = byte;
      switch (byte) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
          this.override = (byte >>> 3) & 3;
          break;
        case 0x64:
        case 0x65:
          this.override = byte - 0x60;
          break;
        case 0x66:
          this.operandSize = code32 ? 1 : 2;
          break;
        case 0x67:
          this.address32 = !code32;
          break;
        case 0xf0:
          this.locked = true;
          break;
        case 0xf2:
          this.repeat = INFO_REPNE;
          break;
        case 0xf3:
          this.repeat = INFO_REPE;
          break;
        default:
          return;
      }
    }
    // Fifteen prefixes: whatever follows is too long.
    this.position++;
  }

  // --- bytes

  byte(): number {
    if (this.position >= this.end) {
      this.short = true;
      return 0;
    }
    return this.bytes[this.position++];
  }

  signedByte(): number {
    return (this.byte() << 24) >> 24;
  }

  word(): number {
    const low = this.byte();
    return low | (this.byte() << 8);
  }

  long(): number {
    const low = this.word();
    return low | (this.word() << 16);
  }

  /** Immediate of size 0, 1, 2; sign-extended. */
  immediate(size: number): number {
    return size === 2 ? this.long() : size === 1 ? (this.word() << 16) >> 16 : this.signedByte();
  }

  // --- operands

  /** Read ModRM and what belongs to it. */
  modrm(): void {
    const byte = this.byte();
    this.mod = byte >>> 6;
    this.reg = (byte >>> 3) & 7;
    this.rm = byte & 7;
    if (this.mod === 3) return;
    if (this.address32) this.address32Operand();
    else this.address16Operand();
  }

  /** Segment of an operand whose default is `segment`. */
  private useSegment(segment: number): void {
    this.segment = this.override >= 0 ? this.override : segment;
  }

  private address16Operand(): void {
    this.scale = 0;
    if (this.mod === 0 && this.rm === 6) {
      this.base = ZERO;
      this.index = ZERO;
      this.displacement = this.word();
      this.useSegment(DS);
      return;
    }
    this.base = BASES16[this.rm];
    this.index = INDICES16[this.rm];
    this.displacement = this.mod === 0 ? 0 : this.mod === 1 ? this.signedByte() : this.word();
    this.useSegment(this.base === EBP ? SS : DS);
  }

  private address32Operand(): void {
    this.base = this.rm;
    this.index = ZERO;
    this.scale = 0;
    if (this.rm === ESP) {
      const sib = this.byte();
      this.base = sib & 7;
      this.index = (sib >>> 3) & 7;
      this.scale = sib >>> 6;
      // Index 4 means none, whatever the scale.
      if (this.index === ESP) this.index = ZERO;
    }
    if (this.mod === 0 && this.base === EBP) {
      this.base = ZERO;
      this.displacement = this.long();
      this.useSegment(DS);
      return;
    }
    this.displacement = this.mod === 0 ? 0 : this.mod === 1 ? this.signedByte() : this.long();
    this.useSegment(this.base === ESP || this.base === EBP ? SS : DS);
  }

  /** An address given as a bare offset (MOV with moffs). */
  offsetOperand(): void {
    this.mod = 0;
    this.base = ZERO;
    this.index = ZERO;
    this.scale = 0;
    this.displacement = this.address32 ? this.long() : this.word();
    this.useSegment(DS);
  }

  /** Source of string instructions and of XLAT: no address of its own, only a segment. */
  implicitOperand(): void {
    this.mod = 3;
    this.useSegment(DS);
  }

  get inMemory(): boolean {
    return this.mod !== 3;
  }

  /** The address is formed with ESP, which matters to POP. */
  get baseIsStackPointer(): boolean {
    return this.inMemory && this.address32 && this.base === ESP;
  }

  /** Place of general register `index` in the file's view for `size`. */
  place(index: number, size: number): number {
    return size === 0 ? byteRegister(index) : size === 1 ? 2 * index : index;
  }

  /** Place of TEMPORARY in the view for `size`. */
  temporary(size: number): number {
    return TEMPORARY << (2 - size);
  }

  // --- records

  emit(number: number, a: number, b: number, word1 = 0, word2 = 0): void {
    this.put(number | (a << FIELD_A) | (b << FIELD_B) | (ZERO << FIELD_INDEX), word1, word2);
  }

  /** An operation under condition 0-15, which travels in the index field. */
  emitConditional(name: string, condition: number, a: number, b: number): void {
    this.put(operation(name) | (a << FIELD_A) | (b << FIELD_B) | (condition << FIELD_INDEX), 0, 0);
  }

  private put(word0: number, word1: number, word2: number): void {
    const { records, at } = this;
    records[at] = word0;
    records[at + 1] = word1;
    records[at + 2] = word2;
    this.at = at + 4;
  }

  /** An operation `name` on the memory operand, in the form for flat or for checked segments. */
  memory(name: string, a: number, word2 = 0): void {
    const flat =
      this.kind === Kind.FLAT32 &&
      this.address32 &&
      (this.segment === DS || this.segment === SS || this.segment === ES);
    this.addressed(operation(flat ? name : `${name}S`), a, word2);
  }

  private addressed(number: number, a: number, word2: number): void {
    const word0 =
      number |
      (a << FIELD_A) |
      (this.base << FIELD_B) |
      (this.index << FIELD_INDEX) |
      (this.scale << FIELD_SCALE) |
      (this.segment << FIELD_SEGMENT) |
      (this.address32 ? 0 : BIT_ADDRESS16);
    this.put(word0, this.displacement, word2);
  }

  /** Effective address into register `place`. */
  loadAddress(place: number): void {
    this.addressed(operation('LEA'), place, 0);
  }

  /** Place of the r/m operand's value; loads it when it is in memory. */
  operand(size: number): number {
    if (!this.inMemory) return this.place(this.rm, size);
    const place = this.temporary(size);
    this.memory(`LOAD${8 << size}`, place);
    return place;
  }

  /** The same for an operand that is written afterwards by `storeOperand`. */
  operandForWrite(size: number): number {
    if (!this.inMemory) return this.place(this.rm, size);
    this.lockable = true;
    const place = this.temporary(size);
    this.memory(`LOADM${8 << size}`, place);
    return place;
  }

  /** Write back what `operandForWrite` gave. */
  storeOperand(size: number): void {
    if (this.inMemory) this.memory(`STORE${8 << size}R`, this.temporary(size));
  }

  /** Executed by a handler; its memory operand's address is formed before. */
  handler(kind: string, name: HandlerName, size: number, immediate = 0): void {
    if (this.inMemory) this.loadAddress(ADDRESS);
    const info =
      handlerNumber(name) |
      (this.reg << 9) |
      (this.rm << 12) |
      (this.inMemory ? INFO_MEMORY : 0) |
      (this.segment << 16) |
      (size << 19) |
      (this.address32 ? INFO_ADDRESS32 : 0) |
      this.repeat |
      (this.operandSize === 2 ? INFO_OPERAND32 : 0);
    this.emit(operation(kind), 0, 0, info, immediate);
    if (kind !== 'HANDLER' && kind !== 'HANDLER_COUNT') this.ends = true;
  }

  undefined(): void {
    this.mod = 3;
    this.handler('HANDLER', 'undefinedInstruction', 0);
    this.ends = true;
  }

  /** A branch to `distance` bytes behind this instruction; `chained` names its form within a page, `far` the other. */
  branch(linked: string, far: string, condition: number, distance: number): void {
    const target = this.pageOffset + distance;
    const near = this.chains && this.operandSize === 2 && target >= 0 && target < 0x1000;
    const number = operation(near ? linked : far);
    this.put(number | (condition << FIELD_A) | (this.operandSize === 1 ? BIT_ADDRESS16 : 0), target, 0);
  }

  /** True in flat 32-bit code with 32-bit operands: the stack and near transfers need no checks. */
  get flat32(): boolean {
    return this.kind === Kind.FLAT32 && this.operandSize === 2;
  }
}
