import { expect, it } from 'vitest';
import { compileMutant, type Mutant } from './compile';
import { SUITES } from './suites';

/** With SELFIO_MUTANTS=all every mutant is tried, else one in this many: the ordinary run has to stay short. */
const SAMPLE = process.env.SELFIO_MUTANTS === 'all' ? 1 : 5;
/** Share of mutants that the suites must find. */
const GOAL = 0.95;

/** The suite's verdict on a firmware: what it found wrong first, or undefined. */
async function verdict(device: keyof typeof SUITES, mutant?: Mutant): Promise<string | undefined> {
  const firmware = await compileMutant(mutant);
  try {
    await SUITES[device](firmware);
    return undefined;
  } catch (error) {
    return String(error).split('\n')[0];
  }
}

/** Declares the tests of one device's mutants: the firmware as it is passes, and planted faults are found. */
export function declareMutants(device: keyof typeof SUITES, mutants: readonly Mutant[]): void {
  it(`${device}: nothing is wrong with the firmware as it is`, async () => {
    expect(await verdict(device)).toBeUndefined();
  });

  it(`${device}: planted faults are found`, { timeout: 600_000 }, async () => {
    const tried = mutants.filter((_, index) => index % SAMPLE === 0);
    const survivors: Mutant[] = [];
    for (const mutant of tried) if ((await verdict(device, mutant)) === undefined) survivors.push(mutant);
    const killed = tried.length - survivors.length;
    console.log(`mutation score ${device}: ${killed} of ${tried.length}`);
    const unexplained = survivors.filter(({ survives }) => survives === undefined).map(({ name }) => name);
    expect(unexplained, 'faults that no suite noticed').toEqual([]);
    expect(killed / tried.length).toBeGreaterThanOrEqual(GOAL);
  });
}
