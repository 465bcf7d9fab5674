import { PicChip, type PicChipState } from './pic-chip';

const CASCADE = 2;
/** Inputs that ELCR can make level-triggered: not 0, 1, 2, 8 and 13 ([PIIX3] 2.5.2). */
const MASTER_LEVEL_CAPABLE = 0xf8;
const SLAVE_LEVEL_CAPABLE = 0xde;

/** Ports ([PIIX3] 2.2): command and data of each chip, and the edge/level control registers. */
const Port = { MASTER: 0x20, SLAVE: 0xa0, ELCR_MASTER: 0x4d0, ELCR_SLAVE: 0x4d1 } as const;

/**
 * The PC's two cascaded 8259A. They stay in the hypervisor under every placement, as in Xen: an interrupt must be able to reach
 * the guest without asking the guest's own firmware.
 */
export class PicPair {
  readonly master = new PicChip(CASCADE, MASTER_LEVEL_CAPABLE);
  readonly slave = new PicChip(-1, SLAVE_LEVEL_CAPABLE);
  /** INT output to the processor. */
  asserted = false;

  reset(): void {
    this.master.reset();
    this.slave.reset();
    this.update();
  }

  /** Drive interrupt line `line` (0-15; 2 is the cascade and has no line). */
  setLine(line: number, level: boolean): void {
    if (line < 8 && line !== CASCADE) this.master.setInput(line, level);
    else if (line >= 8) this.slave.setInput(line - 8, level);
    this.update();
  }

  /** A pulse on interrupt line `line` from an emulated device, whose pulses have no width: one edge, not to be taken back. */
  pulse(line: number): void {
    if (line < 8 && line !== CASCADE) this.master.pulseInput(line);
    else if (line >= 8) this.slave.pulseInput(line - 8);
    this.update();
  }

  /** The processor's INTA cycles: the vector (0-255) of the interrupt now in service. */
  acknowledge(): number {
    const input = this.master.acknowledge();
    const vector = input === CASCADE ? this.slave.vector(this.slave.acknowledge()) : this.master.vector(input);
    if (input === CASCADE) this.master.setInput(CASCADE, false);
    this.update();
    return vector;
  }

  /** Read one of the ports; both chips look at A0 only. */
  read(port: number): number {
    if (port === Port.ELCR_MASTER) return this.master.elcr;
    if (port === Port.ELCR_SLAVE) return this.slave.elcr;
    const value = (port & 0xfe) === Port.MASTER ? this.master.read(port & 1) : this.readSlave(port & 1);
    this.update();
    return value;
  }

  write(port: number, value: number): void {
    if (port === Port.ELCR_MASTER) this.master.elcr = value;
    else if (port === Port.ELCR_SLAVE) this.slave.elcr = value;
    else if ((port & 0xfe) === Port.MASTER) this.master.write(port & 1, value);
    else this.slave.write(port & 1, value);
    this.update();
  }

  /** A poll that finds a request acknowledges it: the slave's output falls, so that a second one is an edge for the master. */
  private readSlave(a0: number): number {
    if (this.slave.state.polled) this.master.setInput(CASCADE, false);
    return this.slave.read(a0);
  }

  private update(): void {
    this.master.setInput(CASCADE, this.slave.pending() >= 0);
    this.asserted = this.master.pending() >= 0;
  }

  save(): { master: PicChipState; slave: PicChipState } {
    return { master: { ...this.master.state }, slave: { ...this.slave.state } };
  }

  restore(state: ReturnType<PicPair['save']>): void {
    this.master.state = { ...state.master };
    this.slave.state = { ...state.slave };
    this.update();
  }
}
