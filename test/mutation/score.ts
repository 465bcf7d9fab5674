import { expect, it } from 'vitest';
import { compileMutant, type Mutant } from './compile';
import { SUITES } from './suites';

/** With SELFIO_MUTANTS=all every mutant is tried, else one in this many: the ordinary run has to stay short. */
const SAMPLE = process.env.SELFIO_MUTANTS === 'all' ? 1 : 5;
/** Share of mutants that the suites must find. */
const GOAL = 0.95;

/** Builds a device with a fault, or without one. What it gives runs the suites on it, and throws what they find. */
export type Build = (mutant?: Mutant) => Promise<() => Promise<void>>;

/** One of the firmware's devices. */
export const inFirmware =
  (device: keyof typeof SUITES): Build =>
  async (mutant) => {
    const firmware = await compileMutant(mutant);
    return () => SUITES[device](firmware);
  };

/** What the suites find wrong first, or undefined. A fault that does not even compile is an error of the test's. */
async function verdict(build: Build, mutant?: Mutant): Promise<string | undefined> {
  const run = await build(mutant);
  try {
    await run();
    return undefined;
  } catch (error) {
    return String(error).split('\n')[0];
  }
}

/** Declares the tests of one device's mutants: the device as it is passes, and planted faults are found. */
export function declareMutants(device: string, mutants: readonly Mutant[], build: Build): void {
  it(`${device}: nothing is wrong with it as it is`, async () => {
    expect(await verdict(build)).toBeUndefined();
  });

  it(`${device}: planted faults are found`, { timeout: 600_000 }, async () => {
    const tried = mutants.filter((_, index) => index % SAMPLE === 0);
    const survivors: Mutant[] = [];
    for (const mutant of tried) if ((await verdict(build, mutant)) === undefined) survivors.push(mutant);
    const killed = tried.length - survivors.length;
    console.log(`mutation score ${device}: ${killed} of ${tried.length}`);
    const unexplained = survivors.filter(({ survives }) => survives === undefined).map(({ name }) => name);
    expect(unexplained, 'faults that no suite noticed').toEqual([]);
    expect(killed / tried.length).toBeGreaterThanOrEqual(GOAL);
  });
}
