import { Channel } from './channel';
import { BusMasterRegister } from './decode';
import { Descriptors } from './descriptors';
import { pump, stopDma } from './dma';
import { BusMasterCommand, BusMasterStatus } from './registers';

/** Bus-master registers of one channel ([SFF-8038i] 2, [PIIX3] BMICX, BMISX, BMIDTPX). */
@unmanaged
export class BusMaster {
  // Handles
  descriptors: Descriptors;

  // Volatile state
  command: u32;
  status: u32;
  /** Guest-physical address of the descriptor table, a multiple of 4. */
  table: u32;
  /** The PCI function may master the bus: without it the engine waits ([PCI 2.1] 6.2.2). */
  enabled: bool;

  powerOn(): void {
    this.command = 0;
    this.status = 0;
    this.table = 0;
    this.enabled = false;
    this.descriptors.start(0);
  }

  @inline
  get running(): bool {
    return this.enabled && (this.status & BusMasterStatus.ACTIVE) != 0;
  }

  /** The transfer is over: the engine stays active if the table describes more ([SFF-8038i] Status Bit Interpretation). */
  transferred(): void {
    if (this.descriptors.exhausted) this.status &= ~BusMasterStatus.ACTIVE;
  }

  /** The transfer cannot go on. */
  halt(): void {
    this.status &= ~BusMasterStatus.ACTIVE;
  }
}

/** One byte at `offset` 0-7 of a channel's registers. */
export function readBusMaster(channel: Channel, offset: u32): u32 {
  const busMaster = channel.busMaster;
  if (offset == BusMasterRegister.COMMAND) return busMaster.command;
  if (offset == BusMasterRegister.STATUS) return busMaster.status;
  if (offset < BusMasterRegister.TABLE) return 0xff;
  return (busMaster.table >> ((offset - BusMasterRegister.TABLE) << 3)) & 0xff;
}

/** @param value 0-FFh */
export function writeBusMaster(channel: Channel, offset: u32, value: u32): void {
  if (offset == BusMasterRegister.COMMAND) writeCommand(channel, value);
  else if (offset == BusMasterRegister.STATUS) writeStatus(channel.busMaster, value);
  else if (offset >= BusMasterRegister.TABLE) writeTable(channel.busMaster, (offset & 3) << 3, value);
}

function writeCommand(channel: Channel, value: u32): void {
  const busMaster = channel.busMaster;
  const change: u32 = busMaster.command ^ value;
  busMaster.command = value & (BusMasterCommand.START | BusMasterCommand.TO_MEMORY);
  if ((change & BusMasterCommand.START) == 0) return;
  if ((value & BusMasterCommand.START) == 0) {
    busMaster.halt();
    stopDma(channel);
  } else {
    busMaster.descriptors.start(busMaster.table);
    busMaster.status |= BusMasterStatus.ACTIVE;
    pump(channel);
  }
}

/** INTERRUPT and ERROR are cleared by writing ones; CAPABLE is memory; ACTIVE is the engine's. */
function writeStatus(busMaster: BusMaster, value: u32): void {
  const clearable: u32 = BusMasterStatus.INTERRUPT | BusMasterStatus.ERROR;
  const kept: u32 = busMaster.status & (BusMasterStatus.ACTIVE | (clearable & ~value));
  busMaster.status = kept | (value & BusMasterStatus.CAPABLE);
}

function writeTable(busMaster: BusMaster, shift: u32, value: u32): void {
  busMaster.table = ((busMaster.table & ~(0xff << shift)) | (value << shift)) & ~3;
}
