/**
 * What a row of the table of deviations is: where our devices answer otherwise than QEMU's. Each device's rows live beside
 * its tests; `deviation-table.ts` is all of them.
 *
 * A difference that no row explains fails the comparison. A row whose difference QEMU no longer shows fails too: each
 * suite runs its rows' programs against QEMU and expects every one of them to be needed.
 */

/** One deliberate difference. `Mismatch` is what a device's suite knows about a difference when it meets one. */
export interface Deviation<Mismatch> {
  readonly device: 'ide' | 'pci' | 'uart' | 'pit' | 'rtc' | 'hpet' | 'pic' | 'pmtimer' | 'port61';
  /** Short and unique within the device, for messages. */
  readonly id: string;
  /** What a guest does to see it. */
  readonly what: string;
  readonly qemu: string;
  readonly ours: string;
  readonly why: string;
  /** The clause of the specification that decides. */
  readonly clause: string;
  /** Whether this row explains the difference. */
  matches(mismatch: Mismatch): boolean;
}
