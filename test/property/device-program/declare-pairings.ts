import fc from 'fast-check';
import { describe, it } from 'vitest';
import { expectAgreement } from '../../helpers/device-program/compare';
import { firmwareModule } from '../../helpers/firmware-device';
import { programParameters } from '../../helpers/replay';
import { PAIRINGS } from './pairings';

/** Declares the tests that hold one of the firmware's devices against the reference, one for each pairing. */
export function declarePairings(device: keyof typeof PAIRINGS): void {
  describe(`${device}: firmware against reference`, () => {
    it.each(PAIRINGS[device])('agree on every program: $name', async ({ programs, open }) => {
      const { generated, firmware, reference, ports } = await open(await firmwareModule());
      await fc.assert(
        fc.asyncProperty(generated, (program) => expectAgreement(program, firmware, reference(), ports)),
        programParameters(programs),
      );
    });
  });
}
