import { PAYER_COUNT, type Payer } from '../time/clock';

/** Nanoseconds for each Payer, whole. */
export type Charges = Float64Array;

/** What a way costs, leg by leg. */
export function charges(...legs: (readonly [Payer, number])[]): Charges {
  const result = new Float64Array(PAYER_COUNT);
  for (const [payer, nanoseconds] of legs) result[payer]! += nanoseconds;
  return result.map(Math.round);
}

export const NO_CHARGES: Charges = charges();
