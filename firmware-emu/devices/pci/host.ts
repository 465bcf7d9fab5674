import { CONFIG_SPACE_SIZE, ConfigSpace } from './config-space';
import { resetHostBridge, resetIdeFunction, resetIsaBridge, resetPowerManagement } from './functions';
import { ResetControl } from './registers';
import { resetRomCard } from './rom-card-function';

/** CONFIG_ADDRESS ([PCI 2.1] 3.7.4.1). */
const ENABLE: u32 = 0x80000000;
const BUS_MASK: u32 = 0x00ff0000;
const WRITABLE: u32 = 0x80fffffc;

/** Functions that there can be, in the order of their configuration spaces. */
const HOST_BRIDGE: u32 = 0;
const ISA_BRIDGE: u32 = 1;
const IDE: u32 = 2;
const POWER_MANAGEMENT: u32 = 3;
const ROM_CARD: u32 = 4;
const FUNCTIONS: u32 = 5;
const NOBODY: u32 = 0xff;

/** PCI bus 0 behind configuration mechanism #1 ([PCI 2.1] 3.7.4.1): 00:00.0, 00:01.0, 00:01.1, 00:01.3 and 00:03.0. */
@unmanaged
export class PciHost {
  // Configuration
  hasIde: bool;
  hasPowerManagement: bool;
  hasRomCard: bool;
  /** The card has an expansion ROM. */
  hasRom: bool;

  // Volatile state
  private address: u32;
  private resetControl: u32;
  /** The host asked for a reset of the machine by port CF9h. */
  resetRequested: bool;

  powerOn(): void {
    this.address = 0;
    this.resetControl = 0;
    this.resetRequested = false;
    resetHostBridge(this.hostBridge);
    resetIsaBridge(this.space(ISA_BRIDGE));
    resetIdeFunction(this.ide);
    resetPowerManagement(this.powerManagement);
    resetRomCard(this.romCard, this.hasRom);
  }

  get hostBridge(): ConfigSpace {
    return this.space(HOST_BRIDGE);
  }

  get ide(): ConfigSpace {
    return this.space(IDE);
  }

  get powerManagement(): ConfigSpace {
    return this.space(POWER_MANAGEMENT);
  }

  get romCard(): ConfigSpace {
    return this.space(ROM_CARD);
  }

  readAddress(): u32 {
    return this.address;
  }

  /** Reserved bits read as zeros ([PCI 2.1] 3.7.4.1). */
  writeAddress(value: u32): void {
    this.address = value & WRITABLE;
  }

  readResetControl(): u32 {
    return this.resetControl;
  }

  /** A rise of RESET_CPU resets ([PIIX3] RC). This machine knows only the hard reset. */
  writeResetControl(value: u32): void {
    const rises = (value & ~this.resetControl & ResetControl.RESET_CPU) != 0;
    this.resetControl = value & (ResetControl.SYSTEM_RESET | ResetControl.RESET_CPU);
    if (rises) this.resetRequested = true;
  }

  /** One byte of CONFIG_DATA, `lane` 0-3. A function that is not there leaves the bus at ones. */
  readData(lane: u32): u32 {
    const index = this.addressed;
    return index == NOBODY ? 0xff : this.space(index).byte((this.address & 0xfc) | lane);
  }

  writeData(lane: u32, value: u32): void {
    const index = this.addressed;
    if (index != NOBODY) this.space(index).write((this.address & 0xfc) | lane, value);
  }

  /** The function that CONFIG_ADDRESS names: bits 15:11 are the device, 10:8 the function. */
  private get addressed(): u32 {
    if ((this.address & ENABLE) == 0 || (this.address & BUS_MASK) != 0) return NOBODY;
    switch ((this.address >> 8) & 0xff) {
      case 0x00:
        return HOST_BRIDGE;
      case 0x08:
        return ISA_BRIDGE;
      case 0x09:
        return this.hasIde ? IDE : NOBODY;
      case 0x0b:
        return this.hasPowerManagement ? POWER_MANAGEMENT : NOBODY;
      case 0x18:
        return this.hasRomCard ? ROM_CARD : NOBODY;
      default:
        return NOBODY;
    }
  }

  @inline
  private space(index: u32): ConfigSpace {
    return changetype<ConfigSpace>(changetype<usize>(this) + offsetof<PciHost>() + index * CONFIG_SPACE_SIZE);
  }
}

/** Bytes of a PciHost with its configuration spaces. */
export const PCI_HOST_SIZE: u32 = 64 + FUNCTIONS * CONFIG_SPACE_SIZE;
