import { ConfigRegister, PciCommand } from './registers';

const SPACE: u32 = 256;
/** Bytes of one ConfigSpace. */
export const CONFIG_SPACE_SIZE: u32 = 2 * SPACE;

/**
 * Configuration space of one function: 256 bytes, and beside each of them which of its bits the host can write. A chip is a
 * table of values and masks, not code; what a value means is asked of it by whoever acts on it.
 */
@unmanaged
export class ConfigSpace {
  /**
   * Besides Command, Cache Line Size and Interrupt Line, which every function takes alike, the host can write the bytes that the
   * header leaves to the chip.
   */
  reset(vendor: u32, device: u32, baseClass: u32): void {
    memory.fill(this.at(0), 0, CONFIG_SPACE_SIZE);
    memory.fill(this.at(SPACE + ConfigRegister.SPECIFIC), 0xff, SPACE - ConfigRegister.SPECIFIC);
    this.set16(ConfigRegister.VENDOR, vendor, 0);
    this.set16(ConfigRegister.DEVICE, device, 0);
    this.set16(ConfigRegister.CLASS, baseClass, 0);
    this.set16(ConfigRegister.COMMAND, 0, PciCommand.WRITABLE);
    this.set8(ConfigRegister.CACHE_LINE, 0, 0xff);
    this.set8(ConfigRegister.INTERRUPT_LINE, 0, 0xff);
  }

  /** Power-on value of a register and its writable bits. */
  set8(register: u32, value: u32, writable: u32): void {
    store<u8>(this.at(register), <u8>value);
    store<u8>(this.at(SPACE + register), <u8>writable);
  }

  set16(register: u32, value: u32, writable: u32): void {
    store<u16>(this.at(register), <u16>value);
    store<u16>(this.at(SPACE + register), <u16>writable);
  }

  set32(register: u32, value: u32, writable: u32): void {
    store<u32>(this.at(register), value);
    store<u32>(this.at(SPACE + register), writable);
  }

  /** @param register 0-FFh */
  @inline
  byte(register: u32): u32 {
    return load<u8>(this.at(register));
  }

  word(register: u32): u32 {
    return load<u16>(this.at(register));
  }

  long(register: u32): u32 {
    return load<u32>(this.at(register));
  }

  /** The host writes a byte. */
  write(register: u32, value: u32): void {
    const writable: u32 = load<u8>(this.at(SPACE + register));
    store<u8>(this.at(register), <u8>((this.byte(register) & ~writable) | (value & writable)));
  }

  @inline
  private at(offset: u32): usize {
    return changetype<usize>(this) + offset;
  }
}
