import { BytePorts } from '../byte-ports';
import { CASCADE_LEVEL, Pic8259, SPURIOUS_LEVEL } from './chip';

const MASTER = 0x20;
const SLAVE = 0xa0;
const MASTER_ELCR = 0x4d0;
const SLAVE_ELCR = 0x4d1;

/** Inputs that [PIIX] lets be level-triggered: not 0, 1, 2, 8 and 13. */
const MASTER_LEVEL_MASK = 0xf8;
const SLAVE_LEVEL_MASK = 0xde;

/** The PC's two 8259A and the edge/level control registers of [PIIX]. The slave's INT is the master's IR2. */
export class PicPair extends BytePorts {
  readonly master: Pic8259;
  readonly slave: Pic8259;
  private interrupting = false;

  /** `onInterrupt` gets the level of the processor's INTR pin. */
  constructor(onInterrupt: (level: boolean) => void) {
    super();
    this.master = new Pic8259(MASTER_LEVEL_MASK, true, (level) => {
      this.interrupting = level;
      onInterrupt(level);
    });
    this.slave = new Pic8259(SLAVE_LEVEL_MASK, false, (level) => this.master.setLine(CASCADE_LEVEL, level));
    this.reset();
  }

  reset(): void {
    this.master.reset();
    this.slave.reset();
  }

  /** Level of an interrupt request, ISA numbering 0 .. 15. Line 2 is the cascade and does not exist outside. */
  setLine(line: number, level: boolean): void {
    if (line >= 8) {
      this.slave.setLine(line - 8, level);
    } else if (line !== CASCADE_LEVEL) {
      this.master.setLine(line, level);
    }
  }

  /** Level of INTR. */
  get interrupt(): boolean {
    return this.interrupting;
  }

  /** The processor's interrupt acknowledge cycle: gives the vector, that of the spurious level if no request is left. */
  acknowledge(): number {
    const level = this.master.beginAcknowledge();
    if (level !== CASCADE_LEVEL) {
      this.master.endAcknowledge(level);
      return this.master.vector(level ?? SPURIOUS_LEVEL);
    }
    const slaveLevel = this.slave.beginAcknowledge();
    this.slave.endAcknowledge(slaveLevel);
    this.master.endAcknowledge(level);
    return this.slave.vector(slaveLevel ?? SPURIOUS_LEVEL);
  }

  /** The controller has no clock. */
  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(_ns: number): void {}

  protected readByte(port: number): number {
    switch (port) {
      case MASTER:
      case MASTER + 1:
        return this.master.read(port & 1);
      case SLAVE:
      case SLAVE + 1:
        return this.slave.read(port & 1);
      case MASTER_ELCR:
        return this.master.edgeLevelControl;
      case SLAVE_ELCR:
        return this.slave.edgeLevelControl;
      default:
        return 0xff;
    }
  }

  protected writeByte(port: number, value: number): void {
    switch (port) {
      case MASTER:
      case MASTER + 1:
        this.master.write(port & 1, value);
        break;
      case SLAVE:
      case SLAVE + 1:
        this.slave.write(port & 1, value);
        break;
      case MASTER_ELCR:
        this.master.setEdgeLevelControl(value);
        break;
      case SLAVE_ELCR:
        this.slave.setEdgeLevelControl(value);
        break;
    }
  }
}
