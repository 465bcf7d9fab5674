import type { Deviation } from '../deviations';
import { busMasterDeviations } from './deviation-rows/bus-master';
import { commandDeviations } from './deviation-rows/commands';
import { packetDeviations } from './deviation-rows/packets';
import { resetDeviations } from './deviation-rows/resets';
import { type IdeMismatch, partsOf } from './mismatch';

/** Where our IDE answers otherwise than QEMU's. */
export const ideDeviations: readonly Deviation<IdeMismatch>[] = [
  ...resetDeviations,
  ...commandDeviations,
  ...packetDeviations,
  ...busMasterDeviations,
];

/** The ids of the rows that explain a difference, or `undefined` if a part of it has no explanation. */
export function explainIdeDeviation(mismatch: IdeMismatch): string[] | undefined {
  const ids = partsOf(mismatch).map((part) => ideDeviations.find((row) => row.matches(part))?.id);
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
