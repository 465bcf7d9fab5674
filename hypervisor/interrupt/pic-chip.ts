/**
 * One 8259A programmable interrupt controller ([8259A] Intel order 231468), as a PC wires it: 8086 mode, edge or level for
 * each input by ELCR ([PIIX3] 2.5.2). Priorities are kept as the input that has the highest one, so rotation is an addition
 * modulo 8.
 */

const NONE = -1;
/** ICW1 ([8259A] figure 7). */
const Icw1 = { IC4: 0x01, SINGLE: 0x02, INITIALIZE: 0x10 } as const;
/** ICW4. */
const Icw4 = { AUTO_EOI: 0x02, SPECIAL_FULLY_NESTED: 0x10 } as const;
/** OCW3 ([8259A] figure 8). */
const Ocw3 = { READ_SELECT: 0x01, READ_ENABLE: 0x02, POLL: 0x04, SELECT: 0x08, SMM: 0x20, ESMM: 0x40 } as const;
/** OCW2: the three command bits. */
const Ocw2 = {
  ROTATE_IN_AEOI_CLEAR: 0,
  NON_SPECIFIC_EOI: 1,
  NO_OPERATION: 2,
  SPECIFIC_EOI: 3,
  ROTATE_IN_AEOI_SET: 4,
  ROTATE_ON_NON_SPECIFIC_EOI: 5,
  SET_PRIORITY: 6,
  ROTATE_ON_SPECIFIC_EOI: 7,
} as const;
/** The input that answers an acknowledge when the request has gone ([8259A] "default IR7"). */
const SPURIOUS = 7;
const POLL_PENDING = 0x80;

export interface PicChipState {
  /** Rising edges that were neither acknowledged nor withdrawn yet. */
  latched: number;
  inService: number;
  mask: number;
  levels: number;
  levelTriggered: number;
  vectorBase: number;
  highest: number;
  initialization: number;
  expectsIcw4: boolean;
  single: boolean;
  autoEoi: boolean;
  rotateInAutoEoi: boolean;
  specialFullyNested: boolean;
  specialMask: boolean;
  readInService: boolean;
  polled: boolean;
}

const POWER_ON: Readonly<PicChipState> = {
  latched: 0,
  inService: 0,
  mask: 0,
  levels: 0,
  levelTriggered: 0,
  vectorBase: 0,
  highest: 0,
  initialization: 0,
  expectsIcw4: false,
  single: false,
  autoEoi: false,
  rotateInAutoEoi: false,
  specialFullyNested: false,
  specialMask: false,
  readInService: false,
  polled: false,
};

export class PicChip {
  state: PicChipState = { ...POWER_ON };

  /**
   * @param cascade the input that a slave drives, or NONE for the slave itself
   * @param levelCapable bits of ELCR that exist on this chip
   */
  constructor(
    private readonly cascade: number,
    private readonly levelCapable: number,
  ) {}

  reset(): void {
    this.state = { ...POWER_ON, levels: this.state.levels };
  }

  /** Drive input `input` (0-7). A fall takes back a request that was not acknowledged ([8259A] "Edge and Level Triggered Modes"). */
  setInput(input: number, level: boolean): void {
    const { state } = this;
    const bit = 1 << input;
    if (!level) state.latched &= ~bit;
    else if ((state.levels & bit) === 0) state.latched |= bit;
    state.levels = level ? state.levels | bit : state.levels & ~bit;
  }

  /** Input `input` (0-7) rises, stays high for as long as an edge takes to be acknowledged, and falls. */
  pulseInput(input: number): void {
    const { state } = this;
    this.setInput(input, false);
    state.latched |= (1 << input) & ~state.levelTriggered;
  }

  /** The interrupt request register. */
  private get requests(): number {
    const { levels, latched, levelTriggered } = this.state;
    return (levels & levelTriggered) | (latched & ~levelTriggered);
  }

  /** The input that would be acknowledged now, or -1: the chip's INT output is high unless this is -1. */
  pending(): number {
    const { state } = this;
    const distance = this.distanceOfHighest(this.requests & ~state.mask);
    if (distance === 8) return NONE;
    let blocking = state.specialMask ? state.inService & ~state.mask : state.inService;
    if (state.specialFullyNested && this.cascade >= 0) blocking &= ~(1 << this.cascade);
    return distance < this.distanceOfHighest(blocking) ? (state.highest + distance) & 7 : NONE;
  }

  /** INTA: the input that is in service now; input 7 when the request has gone meanwhile. */
  acknowledge(): number {
    const input = this.pending();
    if (input === NONE) return SPURIOUS;
    this.serve(input);
    return input;
  }

  private serve(input: number): void {
    const { state } = this;
    const bit = 1 << input;
    state.latched &= ~bit;
    if (!state.autoEoi) state.inService |= bit;
    else if (state.rotateInAutoEoi) state.highest = (input + 1) & 7;
  }

  vector(input: number): number {
    return this.state.vectorBase | input;
  }

  get elcr(): number {
    return this.state.levelTriggered;
  }

  set elcr(value: number) {
    this.state.levelTriggered = value & this.levelCapable;
  }

  /** A0 = 0: poll, IRR or ISR; A0 = 1: IMR. */
  read(a0: number): number {
    const { state } = this;
    if (state.polled) return this.poll();
    if (a0) return state.mask;
    return state.readInService ? state.inService : this.requests;
  }

  private poll(): number {
    this.state.polled = false;
    const input = this.pending();
    if (input === NONE) return 0;
    this.serve(input);
    return POLL_PENDING | input;
  }

  write(a0: number, value: number): void {
    if (a0) this.writeData(value);
    else if (value & Icw1.INITIALIZE) this.initialize(value);
    else if (value & Ocw3.SELECT) this.operationCommand3(value);
    else this.operationCommand2(value >> 5, value & 7);
  }

  private initialize(icw1: number): void {
    const { levels, levelTriggered, vectorBase } = this.state;
    this.state = { ...POWER_ON, levels, levelTriggered, vectorBase };
    this.state.initialization = 2;
    this.state.expectsIcw4 = (icw1 & Icw1.IC4) !== 0;
    this.state.single = (icw1 & Icw1.SINGLE) !== 0;
  }

  /** ICW2, ICW3 and ICW4 in their order after ICW1, else OCW1. */
  private writeData(value: number): void {
    const { state } = this;
    switch (state.initialization) {
      case 2:
        state.vectorBase = value & 0xf8;
        state.initialization = state.single ? this.stepToIcw4() : 3;
        break;
      case 3:
        state.initialization = this.stepToIcw4();
        break;
      case 4:
        state.autoEoi = (value & Icw4.AUTO_EOI) !== 0;
        state.specialFullyNested = (value & Icw4.SPECIAL_FULLY_NESTED) !== 0;
        state.initialization = 0;
        break;
      default:
        state.mask = value;
    }
  }

  private stepToIcw4(): number {
    return this.state.expectsIcw4 ? 4 : 0;
  }

  private operationCommand3(value: number): void {
    const { state } = this;
    if (value & Ocw3.ESMM) state.specialMask = (value & Ocw3.SMM) !== 0;
    if (value & Ocw3.POLL) state.polled = true;
    if (value & Ocw3.READ_ENABLE) state.readInService = (value & Ocw3.READ_SELECT) !== 0;
  }

  private operationCommand2(command: number, input: number): void {
    const { state } = this;
    switch (command) {
      case Ocw2.ROTATE_IN_AEOI_CLEAR:
      case Ocw2.ROTATE_IN_AEOI_SET:
        state.rotateInAutoEoi = command === Ocw2.ROTATE_IN_AEOI_SET;
        break;
      case Ocw2.NON_SPECIFIC_EOI:
      case Ocw2.ROTATE_ON_NON_SPECIFIC_EOI:
        this.endHighest(command === Ocw2.ROTATE_ON_NON_SPECIFIC_EOI);
        break;
      case Ocw2.SPECIFIC_EOI:
        state.inService &= ~(1 << input);
        break;
      case Ocw2.ROTATE_ON_SPECIFIC_EOI:
        state.inService &= ~(1 << input);
        state.highest = (input + 1) & 7;
        break;
      case Ocw2.SET_PRIORITY:
        state.highest = (input + 1) & 7;
        break;
    }
  }

  /** A masked input is not ended in special mask mode ([8259A] "Special Mask Mode"). */
  private endHighest(rotate: boolean): void {
    const { state } = this;
    const distance = this.distanceOfHighest(state.specialMask ? state.inService & ~state.mask : state.inService);
    if (distance === 8) return;
    const input = (state.highest + distance) & 7;
    state.inService &= ~(1 << input);
    if (rotate) state.highest = (input + 1) & 7;
  }

  /** How far the first set bit is from the input of highest priority; 8 when no bit is set. */
  private distanceOfHighest(bits: number): number {
    if (bits === 0) return 8;
    let distance = 0;
    while ((bits & (1 << ((this.state.highest + distance) & 7))) === 0) distance++;
    return distance;
  }
}
