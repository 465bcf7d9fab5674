import { claimedPorts, namedPorts } from './claims';
import { ConfigSpace } from './config-space';
import {
  ConfigRegister,
  HostBridge,
  IdeFunction,
  IsaBridge,
  PciCommand,
  PowerManagement,
  STATUS_FAST,
  STATUS_MEDIUM,
  VENDOR_INTEL,
} from './registers';

/**
 * The functions of the machine after reset, and what their registers ask of the rest of it. Values are the data sheets',
 * except where a note says that software goes by something else.
 */

/** 82441FX. The subsystem is QEMU's: by it SeaBIOS decides whether to look for fw_cfg at all. */
export function resetHostBridge(space: ConfigSpace): void {
  space.reset(VENDOR_INTEL, HostBridge.ID, 0x0600);
  space.set8(ConfigRegister.REVISION, 0x02, 0);
  space.set16(ConfigRegister.SUBSYSTEM_VENDOR, 0x1af4, 0);
  space.set16(ConfigRegister.SUBSYSTEM, 0x1100, 0);
  space.set8(HostBridge.SMRAM, 0x02, 0xff);
}

/**
 * The write-enable bits of the PAM as a mask of 16 KiB blocks from C0000h ([440FX] PAM): bit 1 of a nibble, two nibbles
 * a register; the first register holds the upper 64 KiB as one.
 */
export function writableShadowBlocks(space: ConfigSpace): u32 {
  let blocks: u32 = (space.byte(HostBridge.PAM) & 0x20) != 0 ? 0xf000 : 0;
  for (let index: u32 = 0; index < 6; index++) {
    const pair = space.byte(HostBridge.PAM + 1 + index);
    blocks |= (((pair >> 1) & 1) | ((pair >> 4) & 2)) << (index << 1);
  }
  return blocks;
}

/** Function 0: the bridge itself. */
export function resetIsaBridge(space: ConfigSpace): void {
  space.reset(VENDOR_INTEL, IsaBridge.ID, 0x0601);
  space.set16(ConfigRegister.STATUS, STATUS_MEDIUM, 0);
  space.set8(ConfigRegister.HEADER_TYPE, 0x80, 0);
  space.set8(IsaBridge.RECOVERY, 0x4d, 0xff);
  space.set16(IsaBridge.CHIP_SELECT, 0x0003, 0xffff);
  space.set32(IsaBridge.ROUTING, 0x80808080, 0xffffffff);
  space.set8(IsaBridge.TOP_OF_MEMORY, 0x02, 0xff);
  space.set8(IsaBridge.BOARD_INTERRUPT, 0x80, 0xff);
  space.set16(IsaBridge.BOARD_DMA, 0x0c0c, 0xffff);
  space.set16(IsaBridge.PROGRAMMABLE_CHIP_SELECT, 0x0002, 0xffff);
  space.set8(IsaBridge.SMI_CONTROL, 0x08, 0xff);
  space.set8(IsaBridge.FAST_OFF_TIMER, 0x0f, 0xff);
}

/** Function 1: both channels at their legacy ports and lines, able to master the bus ([PIIX3] CLASSC). */
export function resetIdeFunction(space: ConfigSpace): void {
  space.reset(VENDOR_INTEL, IdeFunction.ID, 0x0101);
  space.set16(ConfigRegister.STATUS, STATUS_FAST, 0);
  space.set8(ConfigRegister.INTERFACE, 0x80, 0);
  space.set32(ConfigRegister.BASE_ADDRESS_4, 0x00000001, 0xfffffff0);
}

/** First of the 16 bus-master ports, or 0 while they are closed. */
export function busMasterPorts(space: ConfigSpace): u32 {
  return claimedPorts(space, ConfigRegister.BASE_ADDRESS_4, 16);
}

export function mastersBus(space: ConfigSpace): bool {
  return (space.word(ConfigRegister.COMMAND) & PciCommand.MASTER) != 0;
}

/**
 * Function 3 of the PIIX4, whose other functions are like the PIIX3's. SMIs by port B2h read as set up already, because
 * there is no system management mode: a BIOS that tried to set it up would wait for it forever.
 */
export function resetPowerManagement(space: ConfigSpace): void {
  space.reset(VENDOR_INTEL, PowerManagement.ID, 0x0680);
  space.set16(ConfigRegister.STATUS, STATUS_FAST, 0);
  space.set8(ConfigRegister.REVISION, 0x03, 0);
  space.set8(ConfigRegister.INTERRUPT_PIN, 1, 0);
  space.set32(PowerManagement.BASE, 0x00000001, 0xfffffffe);
  space.set8(PowerManagement.DEVICE_ACTIVITY_B3, 0x02, 0xff);
  space.set32(PowerManagement.SMBUS_BASE, 0x00000001, 0xfffffffe);
}

/** First of the 64 power-management ports, or 0 while they are closed. */
export function powerManagementPorts(space: ConfigSpace): u32 {
  const open = (space.byte(PowerManagement.IO_ENABLE) & 1) != 0;
  return open ? namedPorts(space, PowerManagement.BASE, 64) : 0;
}
