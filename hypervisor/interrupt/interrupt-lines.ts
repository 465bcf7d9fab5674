import { DEVICE_I8042, DEVICE_IDE, DEVICE_PIC, DEVICE_PIT, DEVICE_PM, DEVICE_RTC, DEVICE_UART } from '../abi/devices';
import { GSI_COUNT } from '../abi/hypercalls';
import type { Recorder } from '../trace/recorder';
import type { PicPair } from './pic-pair';

/** The device that drives each interrupt line on a PC, for counting. */
const DEVICE_OF_GSI: readonly number[] = [
  ...[DEVICE_PIT, DEVICE_I8042, DEVICE_PIC, DEVICE_UART, DEVICE_UART, 0, 0, 0],
  ...[DEVICE_RTC, DEVICE_PM, 0, 0, 0, 0, DEVICE_IDE, DEVICE_IDE],
];

/** The lines from emulated devices to the interrupt controller. */
export class InterruptLines {
  /** Entries into device models so far, and the one in which each line last rose. */
  private entry = 0;
  private readonly roseIn = new Float64Array(GSI_COUNT).fill(-1);

  constructor(
    private readonly pic: PicPair,
    private readonly recorder: Recorder,
  ) {}

  /** Device models are about to be entered. */
  beginEntry(): void {
    this.entry++;
  }

  /**
   * Drive line `gsi`.
   *
   * A line that goes up and down before anybody else could run is a pulse: on hardware it would have a width, and be wide enough for the
   * interrupt controller to see.
   */
  set(gsi: number, level: number): void {
    this.recorder.line(DEVICE_OF_GSI[gsi]!, gsi, level);
    this.pic.setLine(gsi, level === 1);
    if (level === 1) this.roseIn[gsi] = this.entry;
    else if (this.roseIn[gsi] === this.entry) this.pic.pulse(gsi);
  }

  /** Every device lets go of its line. */
  reset(): void {
    for (let gsi = 0; gsi < GSI_COUNT; gsi++) this.pic.setLine(gsi, false);
  }
}
