/** One 8259A as a PC uses it: 8086 mode, unbuffered. References are to the data sheet [8259A]. */

/** Steps of the initialization sequence, figure 6. */
const Stage = { Ready: 'ready', Icw2: 'icw2', Icw3: 'icw3', Icw4: 'icw4' } as const;
type Stage = (typeof Stage)[keyof typeof Stage];

const Icw1 = { Icw4Needed: 0x01, Single: 0x02 } as const;
const Icw4 = { AutoEoi: 0x02, SpecialFullyNested: 0x10 } as const;
const Ocw3 = { ReadInService: 0x01, ReadRegister: 0x02, Poll: 0x04, SpecialMask: 0x20, SetSpecialMask: 0x40 } as const;

/** What a poll returns besides the level when there is a request. */
const POLL_REQUEST = 0x80;
/** The level that is acknowledged when the request has gone, "Edge and Level Triggered Modes". */
export const SPURIOUS_LEVEL = 7;
/** The master's input that the slave's INT output drives on a PC. */
export const CASCADE_LEVEL = 2;

export class Pic8259 {
  /** Interrupts withdrawn by their edge-triggered line before they were acknowledged. */
  withdrawals = 0;
  /** Non-specific EOIs that spared a masked level in special mask mode. */
  keptInService = 0;
  /** Automatic EOIs after which INT rose again. */
  reassertions = 0;
  /** Inputs that were high at the last ICW1 and have been high since: they have to fall before they can request. */
  private heldSinceInitialization = 0;
  /** Times that such an input was reported high again. */
  repetitions = 0;
  /** Levels of the inputs, bit n for IRn. */
  private lines = 0;
  /** Requests latched by rising edges. */
  private latched = 0;
  private inService = 0;
  private mask = 0;
  /** Edge/level control register: bit n set makes IRn level-triggered. */
  private levelTriggered = 0;
  /** The level with the lowest priority; the next one up has the highest. */
  private lowest = 7;
  private stage: Stage = Stage.Ready;
  private icw1 = 0;
  private icw4 = 0;
  private vectors = 0;
  private rotateOnAutoEoi = false;
  private specialMask = false;
  private readInService = false;
  private polling = false;

  /** `levelMask`: inputs that can be made level-triggered. `onInterrupt`: called with INT's level after each change. */
  constructor(
    private readonly levelMask: number,
    private readonly isMaster: boolean,
    private readonly onInterrupt: (level: boolean) => void,
  ) {}

  reset(): void {
    this.withdrawals = this.keptInService = this.reassertions = this.repetitions = 0;
    this.levelTriggered = 0;
    this.vectors = 0;
    this.initialize(0);
    this.stage = Stage.Ready;
    this.update();
  }

  setLine(level: number, high: boolean): void {
    const bit = 1 << level;
    const rising = high && (this.lines & bit) === 0;
    this.lines = high ? this.lines | bit : this.lines & ~bit;
    this.heldSinceInitialization &= this.lines;
    if (rising) {
      this.latched |= bit;
    } else if (!high) {
      this.withdraw(bit);
    } else if (this.heldSinceInitialization & bit) {
      this.repetitions++;
    }
    this.update();
  }

  /** A request must stay high until it is acknowledged, "Edge and Level Triggered Modes". */
  private withdraw(bit: number): void {
    this.withdrawals += (this.latched & ~this.levelTriggered & bit) === 0 ? 0 : 1;
    this.latched &= ~bit;
  }

  get edgeLevelControl(): number {
    return this.levelTriggered;
  }

  setEdgeLevelControl(value: number): void {
    this.levelTriggered = value & this.levelMask;
    this.update();
  }

  /** Interrupt request register. */
  private get requests(): number {
    return (this.lines & this.levelTriggered) | (this.latched & ~this.levelTriggered);
  }

  /** The level that INT stands for, or undefined: the first request in the order of priority, down to the one in service. */
  private pending(): number | undefined {
    const requests = this.requests & ~this.mask;
    const serving = this.blocking();
    for (let step = 1; step <= 8; step++) {
      const level = (this.lowest + step) & 7;
      if (serving & (1 << level)) {
        return undefined;
      }
      if (requests & (1 << level)) {
        return level;
      }
    }
    return undefined;
  }

  /** Levels in service that keep themselves and lower ones from interrupting. */
  private blocking(): number {
    const unmasked = this.specialMask ? this.inService & ~this.mask : this.inService;
    const nested = this.isMaster && (this.icw4 & Icw4.SpecialFullyNested) !== 0;
    return nested ? unmasked & ~(1 << CASCADE_LEVEL) : unmasked;
  }

  private update(): void {
    this.onInterrupt(this.pending() !== undefined);
  }

  /** First INTA pulse: gives the level, which is then in service. Undefined: nothing requests, "a default IR7". */
  beginAcknowledge(): number | undefined {
    const level = this.pending();
    if (level !== undefined) {
      this.inService |= 1 << level;
      this.latched &= ~(1 << level);
      this.update();
    }
    return level;
  }

  /** End of the last INTA pulse: automatic end of interrupt. */
  endAcknowledge(level: number | undefined): void {
    if (level !== undefined && this.icw4 & Icw4.AutoEoi) {
      this.inService &= ~(1 << level);
      this.lowest = this.rotateOnAutoEoi ? level : this.lowest;
      this.reassertions += this.pending() === undefined ? 0 : 1;
      this.update();
    }
  }

  vector(level: number): number {
    return this.vectors | level;
  }

  /** A read at A0 = 0 or 1. */
  read(a0: number): number {
    if (this.polling) {
      this.polling = false;
      const level = this.beginAcknowledge();
      this.endAcknowledge(level);
      return level === undefined ? 0 : POLL_REQUEST | level;
    }
    if (a0 === 1) {
      return this.mask;
    }
    return this.readInService ? this.inService : this.requests;
  }

  write(a0: number, value: number): void {
    if (a0 === 1) {
      this.writeInitialization(value);
    } else if (value & 0x10) {
      this.initialize(value);
    } else if (value & 0x08) {
      this.writeOcw3(value);
    } else {
      this.writeOcw2(value >> 5, value & 7);
    }
    this.update();
  }

  /** ICW1: the edge sense circuits and everything that ICW4 and the OCWs set are reset. */
  private initialize(icw1: number): void {
    this.icw1 = icw1;
    this.icw4 = 0;
    this.latched = 0;
    this.heldSinceInitialization = this.lines;
    this.inService = 0;
    this.mask = 0;
    this.lowest = 7;
    this.rotateOnAutoEoi = this.specialMask = this.readInService = this.polling = false;
    this.stage = Stage.Icw2;
  }

  private writeInitialization(value: number): void {
    switch (this.stage) {
      case Stage.Ready:
        this.mask = value;
        break;
      case Stage.Icw2:
        this.vectors = value & 0xf8;
        this.stage = this.icw1 & Icw1.Single ? this.afterIcw3() : Stage.Icw3;
        break;
      case Stage.Icw3:
        // On a PC the wiring is fixed: ICW3 can only say what is so.
        this.stage = this.afterIcw3();
        break;
      case Stage.Icw4:
        this.icw4 = value;
        this.stage = Stage.Ready;
        break;
    }
  }

  private afterIcw3(): Stage {
    return this.icw1 & Icw1.Icw4Needed ? Stage.Icw4 : Stage.Ready;
  }

  /** OCW2: R, SL and EOI are `command`'s bits 2 to 0, figure 8. */
  private writeOcw2(command: number, level: number): void {
    switch (command) {
      case 0b000:
      case 0b100:
        this.rotateOnAutoEoi = command === 0b100;
        break;
      case 0b001:
      case 0b101:
        this.keptInService += this.specialMask && (this.inService & this.mask) !== 0 ? 1 : 0;
        this.endOfInterrupt(this.highestInService(), command === 0b101);
        break;
      case 0b011:
      case 0b111:
        this.endOfInterrupt(level, command === 0b111);
        break;
      case 0b110:
        this.lowest = level;
        break;
    }
  }

  private endOfInterrupt(level: number | undefined, rotate: boolean): void {
    if (level !== undefined) {
      this.inService &= ~(1 << level);
      this.lowest = rotate ? level : this.lowest;
    }
  }

  /** What a non-specific EOI ends; a masked level is not ended in special mask mode, "Special Mask Mode". */
  private highestInService(): number | undefined {
    const candidates = this.specialMask ? this.inService & ~this.mask : this.inService;
    for (let step = 1; step <= 8; step++) {
      const level = (this.lowest + step) & 7;
      if (candidates & (1 << level)) {
        return level;
      }
    }
    return undefined;
  }

  private writeOcw3(value: number): void {
    if (value & Ocw3.Poll) {
      this.polling = true;
    }
    if (value & Ocw3.ReadRegister) {
      this.readInService = (value & Ocw3.ReadInService) !== 0;
    }
    if (value & Ocw3.SetSpecialMask) {
      this.specialMask = (value & Ocw3.SpecialMask) !== 0;
    }
  }
}
