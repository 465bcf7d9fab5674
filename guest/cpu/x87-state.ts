/** Registers of the x87 unit and their images in memory ([SDM] vol. 1, 8.1). */
import { Extended, Kind } from './x87-float';
import type { FloatingPointHost } from './x87-interface';

/** Status word ([SDM] vol. 1, 8.1.3). */
export const Status = {
  STACK_FAULT: 0x0040,
  SUMMARY: 0x0080,
  C0: 0x0100,
  C1: 0x0200,
  C2: 0x0400,
  C3: 0x4000,
  BUSY: 0x8000,
} as const;

const CONDITIONS = Status.C0 | Status.C1 | Status.C2 | Status.C3;
const EXCEPTIONS = 0x3f;
const TOP_SHIFT = 11;
/** Control word: the exception masks, precision and rounding control, infinity control; bit 6 reads as one. */
const CONTROL_WRITABLE = 0x1f3f;
const CONTROL_ONES = 0x0040;

/** Bytes of the environment by operand size. */
export const environmentBytes = (wide: boolean): number => (wide ? 28 : 14);
const REGISTER_BYTES = 10;
/** The part of FXSAVE's 512 bytes that is the x87 unit's, and where in it the registers begin. */
const IMAGE_BYTES = 160;
const IMAGE_REGISTERS = 32;

export class FloatingPointState {
  /** By physical number. */
  protected readonly registers = Array.from({ length: 8 }, () => new Extended());
  /** Bit n: physical register n is empty. */
  protected empty = 0;
  protected top = 0;
  control = 0x0040;
  /** Status word but for TOP. */
  protected status = 0;
  /** Last instruction and operand ([SDM] vol. 1, 8.1.8 and 8.1.9). */
  protected opcode = 0;
  protected instructionOffset = 0;
  protected instructionSelector = 0;
  protected operandOffset = 0;
  protected operandSelector = 0;

  constructor(protected readonly host: FloatingPointHost) {}

  /** ST(i). */
  protected st(i: number): Extended {
    return this.registers[(this.top + i) & 7];
  }

  protected isEmpty(i: number): boolean {
    return (this.empty & (1 << ((this.top + i) & 7))) !== 0;
  }

  protected fill(i: number): void {
    this.empty &= ~(1 << ((this.top + i) & 7));
  }

  protected free(i: number): void {
    this.empty |= 1 << ((this.top + i) & 7);
  }

  protected pop(): void {
    this.free(0);
    this.top = (this.top + 1) & 7;
  }

  get statusWord(): number {
    return this.status | (this.top << TOP_SHIFT);
  }

  protected setStatusWord(value: number): void {
    this.status = value & (0x007f | CONDITIONS);
    this.top = (value >>> TOP_SHIFT) & 7;
    this.summarise();
  }

  protected setControl(value: number): void {
    this.control = (value & CONTROL_WRITABLE) | CONTROL_ONES;
    this.summarise();
  }

  /** ES and B follow from exception flags and masks. */
  protected summarise(): void {
    const pending = this.status & ~this.control & EXCEPTIONS;
    this.status = pending ? this.status | Status.SUMMARY | Status.BUSY : this.status & ~(Status.SUMMARY | Status.BUSY);
  }

  /** FNCLEX. */
  protected clearExceptions(): void {
    this.status &= CONDITIONS;
  }

  /** FNINIT. */
  protected initialise(): void {
    this.control = 0x037f;
    this.status = 0;
    this.top = 0;
    this.empty = 0xff;
    this.opcode = this.instructionOffset = this.instructionSelector = this.operandOffset = this.operandSelector = 0;
  }

  /** RESET#: unlike FNINIT, all registers hold zero and are tagged so. */
  protected powerOn(): void {
    this.initialise();
    this.control = CONTROL_ONES;
    this.empty = 0;
    for (const register of this.registers) register.setZero(0);
  }

  /** Two bits a register: valid, zero, special, empty ([SDM] vol. 1, 8.1.7). */
  get tagWord(): number {
    let word = 0;
    this.registers.forEach((register, i) => {
      const kind = register.kind;
      const tag = this.empty & (1 << i) ? 3 : kind === Kind.NORMAL ? 0 : kind === Kind.ZERO ? 1 : 2;
      word |= tag << (2 * i);
    });
    return word;
  }

  /** Only "empty" is taken from a tag word; the rest follows from the registers. */
  private setTagWord(word: number): void {
    this.empty = 0;
    for (let i = 0; i < 8; i++) if (((word >>> (2 * i)) & 3) === 3) this.empty |= 1 << i;
  }

  /** Words of the environment: seven, as 32 bits each; see [SDM] vol. 1, figures 8-9 to 8-12. */
  private environment(wide: boolean): number[] {
    const { instructionOffset: ip, operandOffset: dp, opcode } = this;
    const head = [this.control, this.statusWord, this.tagWord];
    // The undefined halves of the 32-bit format are stored as ones.
    const words = wide ? head.map((word) => word | 0xffff0000) : head;
    if (this.host.protectedMode()) {
      const selector = this.instructionSelector | (opcode << 16);
      return [...words, ip, selector, dp, this.operandSelector | (wide ? 0xffff0000 : 0)];
    }
    const [linear, data] = [(this.instructionSelector << 4) + ip, (this.operandSelector << 4) + dp];
    return [...words, linear & 0xffff, upperHalf(linear, wide) | opcode, data & 0xffff, upperHalf(data, wide)];
  }

  protected storeEnvironment(segment: number, offset: number): void {
    const wide = this.host.operandSize32();
    this.environment(wide).forEach((word, i) => {
      if (wide) this.host.writeMemory32(segment, (offset + 4 * i) >>> 0, word);
      else this.host.writeMemory16(segment, (offset + 2 * i) >>> 0, word & 0xffff);
    });
  }

  private readEnvironment(segment: number, offset: number): number[] {
    const wide = this.host.operandSize32();
    return Array.from({ length: 7 }, (_, i) =>
      wide
        ? this.host.readMemory32(segment, (offset + 4 * i) >>> 0)
        : this.host.readMemory16(segment, (offset + 2 * i) >>> 0),
    );
  }

  private takeEnvironment(words: readonly number[]): void {
    const wide = this.host.operandSize32();
    const [control, status, tags, ip, code, dp, data] = words;
    this.control = (control & CONTROL_WRITABLE) | CONTROL_ONES;
    this.setStatusWord(status);
    this.setTagWord(tags);
    if (this.host.protectedMode()) {
      this.instructionOffset = ip >>> 0;
      this.instructionSelector = code & 0xffff;
      if (wide) this.opcode = (code >>> 16) & 0x7ff;
      this.operandOffset = dp >>> 0;
      this.operandSelector = data & 0xffff;
    } else {
      this.opcode = code & 0x7ff;
      this.instructionOffset = ((ip & 0xffff) | lowerHalf(code, wide)) >>> 0;
      this.operandOffset = ((dp & 0xffff) | lowerHalf(data, wide)) >>> 0;
      this.instructionSelector = this.operandSelector = 0;
    }
  }

  /** FLDENV. */
  protected loadEnvironment(segment: number, offset: number): void {
    this.takeEnvironment(this.readEnvironment(segment, offset));
  }

  /** FNSAVE, but for the initialisation that follows. */
  protected storeAll(segment: number, offset: number): void {
    const start = environmentBytes(this.host.operandSize32());
    this.host.probeWrite(segment, offset, start + 8 * REGISTER_BYTES);
    this.storeEnvironment(segment, offset);
    for (let i = 0; i < 8; i++) this.writeRegister(segment, (offset + start + REGISTER_BYTES * i) >>> 0, this.st(i));
  }

  /** FRSTOR. All is read before anything changes. */
  protected loadAll(segment: number, offset: number): void {
    const start = environmentBytes(this.host.operandSize32());
    const words = this.readEnvironment(segment, offset);
    const values = this.registers.map((_, i) =>
      this.readRegister(new Extended(), segment, (offset + start + REGISTER_BYTES * i) >>> 0),
    );
    this.takeEnvironment(words);
    values.forEach((value, i) => {
      this.st(i).copy(value);
    });
  }

  /**
   * FXSAVE ([SDM] vol. 1, 10.5.1), as a processor without SSE writes it: nothing beyond the x87 registers, which stand in 16 bytes
   * each, ST(0) first. The tag word has one bit a physical register, set unless it is empty.
   */
  saveImage(segment: number, offset: number): void {
    const { host } = this;
    host.probeWrite(segment, offset, IMAGE_BYTES);
    const words = [
      this.control | (this.statusWord << 16),
      (~this.empty & 0xff) | (this.opcode << 16),
      this.instructionOffset,
      this.instructionSelector,
      this.operandOffset,
      this.operandSelector,
    ];
    words.forEach((word, i) => {
      host.writeMemory32(segment, (offset + 4 * i) >>> 0, word);
    });
    for (let i = 0; i < 8; i++) this.writeRegister(segment, (offset + IMAGE_REGISTERS + 16 * i) >>> 0, this.st(i));
  }

  /** FXRSTOR. All is read before anything changes. */
  restoreImage(segment: number, offset: number): void {
    const words = Array.from({ length: 6 }, (_, i) => this.host.readMemory32(segment, (offset + 4 * i) >>> 0));
    const values = this.registers.map((_, i) =>
      this.readRegister(new Extended(), segment, (offset + IMAGE_REGISTERS + 16 * i) >>> 0),
    );
    this.control = (words[0] & CONTROL_WRITABLE) | CONTROL_ONES;
    this.setStatusWord(words[0] >>> 16);
    this.empty = ~words[1] & 0xff;
    this.opcode = (words[1] >>> 16) & 0x7ff;
    this.instructionOffset = words[2] >>> 0;
    this.instructionSelector = words[3] & 0xffff;
    this.operandOffset = words[4] >>> 0;
    this.operandSelector = words[5] & 0xffff;
    values.forEach((value, i) => {
      this.st(i).copy(value);
    });
  }

  /** Ten bytes in the register format. */
  protected readRegister(into: Extended, segment: number, offset: number): Extended {
    const low = this.host.readMemory32(segment, offset) >>> 0;
    const high = this.host.readMemory32(segment, (offset + 4) >>> 0) >>> 0;
    const top = this.host.readMemory16(segment, (offset + 8) >>> 0);
    return into.set(top >>> 15, top & 0x7fff, high, low);
  }

  /** The caller has probed the ten bytes. */
  protected writeRegister(segment: number, offset: number, value: Extended): void {
    this.host.writeMemory32(segment, offset, value.low);
    this.host.writeMemory32(segment, (offset + 4) >>> 0, value.high);
    this.host.writeMemory16(segment, (offset + 8) >>> 0, (value.sign << 15) | value.exponent);
  }

  save(): unknown {
    const { control, empty, opcode, instructionOffset, instructionSelector, operandOffset, operandSelector } = this;
    const registers = this.registers.map((register) => [register.sign, register.exponent, register.high, register.low]);
    const pointers = [opcode, instructionOffset, instructionSelector, operandOffset, operandSelector];
    return { control, status: this.statusWord, empty, registers, pointers };
  }

  restore(state: unknown): void {
    const saved = state as {
      control: number;
      status: number;
      empty: number;
      registers: number[][];
      pointers: number[];
    };
    this.control = saved.control;
    this.setStatusWord(saved.status);
    this.empty = saved.empty;
    saved.registers.forEach(([sign, exponent, high, low], i) => {
      this.registers[i].set(sign, exponent, high, low);
    });
    [this.opcode, this.instructionOffset, this.instructionSelector, this.operandOffset, this.operandSelector] =
      saved.pointers;
  }
}

/** Real-mode format: bits 31:16 of an address (19:16 in the 16-bit format) stand in bits 27:12 (15:12). */
const upperHalf = (address: number, wide: boolean): number =>
  wide ? (address >>> 4) & 0x0ffff000 : (address >>> 4) & 0xf000;
const lowerHalf = (word: number, wide: boolean): number => (wide ? (word & 0x0ffff000) << 4 : (word & 0xf000) << 4);
