import { NO_CHARGES, PAYER_COUNT, type Payer } from '../time/clock';

/** Nanoseconds for each Payer, whole; NO_CHARGES if they are all zero. */
export type Charges = Float64Array;

/** What a way costs, leg by leg. */
export function charges(...legs: (readonly [Payer, number])[]): Charges {
  const result = new Float64Array(PAYER_COUNT);
  for (const [payer, nanoseconds] of legs) result[payer]! += nanoseconds;
  return result.some((nanoseconds) => Math.round(nanoseconds) !== 0) ? result.map(Math.round) : NO_CHARGES;
}
