import { BytePorts } from '../byte-ports';
import { ClockRate } from '../clock-rate';
import type { ReferenceEnvironment } from '../contract';

/** [ACPI] 4.8.3.3: the power management timer's frequency. */
const PM_TIMER_HERTZ = 3_579_545;
const TIMER_BITS = 24;
const TIMER_MODULUS = 2 ** TIMER_BITS;

/** Registers of the PM1 event and control blocks and the timer, [ACPI] 4.8.3, at the PIIX4's offsets. */
const Offset = { Status: 0, Enable: 2, Control: 4, Timer: 8, End: 12 } as const;

/** PM1 status and enable bits, [ACPI] tables 4.11 and 4.12. */
const PmEvent = { Timer: 0x0001, Global: 0x0020, PowerButton: 0x0100, SleepButton: 0x0200, Rtc: 0x0400 } as const;
const BUS_MASTER_STATUS = 0x0010;
const WAKE_STATUS = 0x8000;
const ENABLEABLE = PmEvent.Timer | PmEvent.Global | PmEvent.PowerButton | PmEvent.SleepButton | PmEvent.Rtc;
const CLEARABLE = ENABLEABLE | BUS_MASTER_STATUS | WAKE_STATUS;

/** PM1 control, [ACPI] table 4.13. */
const SCI_ENABLE = 0x0001;
const SLEEP_ENABLE = 0x2000;
const SLEEP_TYPE_SHIFT = 10;
/** GBL_RLS and SLP_EN are write-only. */
const CONTROL_BITS = 0x1c03;

/** Power management of a PIIX4 as far as [ACPI] describes it: PM1 event and control registers, and the timer. */
export class PowerManagement extends BytePorts {
  private readonly rate = new ClockRate(PM_TIMER_HERTZ);
  private status = 0;
  private enables = 0;
  private control = 0;
  private toggles = 0;

  /** `onSleep` is called with SLP_TYP when software writes SLP_EN. `irq` is the SCI's line, 9 on a PC. */
  constructor(
    private readonly environment: ReferenceEnvironment,
    private readonly base: number,
    private readonly irq: number,
    private readonly onSleep: (type: number) => void,
  ) {
    super();
    this.toggles = this.togglesAt(environment.now());
  }

  /** The timer runs on. */
  reset(): void {
    this.advanceTo(this.environment.now());
    this.status = this.enables = this.control = 0;
    this.sync();
  }

  /** Somebody has pressed the power button. */
  pressPowerButton(): void {
    this.advanceTo(this.environment.now());
    this.status |= PmEvent.PowerButton;
    this.sync();
  }

  /** The machine has come back from a sleep, [ACPI] 4.8.3.1.1, WAK_STS. */
  wake(): void {
    this.status |= WAKE_STATUS;
    this.sync();
  }

  /** TMR_STS is set whenever the timer's highest bit changes, [ACPI] 4.8.3.3. */
  private togglesAt(ns: number): number {
    return Math.floor(this.rate.ticksAt(ns) / (TIMER_MODULUS / 2));
  }

  advanceTo(ns: number): void {
    const toggles = this.togglesAt(ns);
    if (toggles > this.toggles) {
      this.toggles = toggles;
      this.status |= PmEvent.Timer;
      this.sync();
    }
  }

  nextDeadline(): number | undefined {
    const waits = (this.enables & PmEvent.Timer) !== 0 && (this.status & PmEvent.Timer) === 0;
    return waits ? this.rate.timeOf((this.toggles + 1) * (TIMER_MODULUS / 2)) : undefined;
  }

  protected readByte(port: number): number {
    this.advanceTo(this.environment.now());
    const offset = port - this.base;
    if (offset >= Offset.Timer && offset < Offset.End) {
      const count = this.rate.ticksAt(this.environment.now()) % TIMER_MODULUS;
      return (count >>> (8 * (offset - Offset.Timer))) & 0xff;
    }
    const register = [this.status, this.enables, this.control][offset >> 1];
    return offset < 0 || register === undefined ? 0 : (register >> (8 * (offset & 1))) & 0xff;
  }

  protected writeByte(port: number, value: number): void {
    this.advanceTo(this.environment.now());
    const offset = port - this.base;
    const shift = 8 * (offset & 1);
    const keep = (register: number): number => (register & ~(0xff << shift)) | (value << shift);
    switch (offset & ~1) {
      case Offset.Status:
        this.status &= ~((value << shift) & CLEARABLE);
        break;
      case Offset.Enable:
        this.enables = keep(this.enables) & ENABLEABLE;
        break;
      case Offset.Control:
        this.writeControl(keep(this.control));
        break;
    }
    this.sync();
  }

  /** SLP_EN is write-only. */
  private writeControl(value: number): void {
    this.control = value & CONTROL_BITS;
    if (value & SLEEP_ENABLE) {
      this.onSleep((value >> SLEEP_TYPE_SHIFT) & 7);
    }
  }

  private sync(): void {
    const enabled = (this.control & SCI_ENABLE) !== 0;
    this.environment.setIrq(this.irq, enabled && (this.status & this.enables) !== 0);
  }
}
