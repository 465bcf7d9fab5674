import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PitDriver } from '../../conformance/pit/pit-driver';
import { pitReference, pitWiring } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { ReferenceSubject } from '../../helpers/device-program/reference-subject';
import { DirectRunner } from '../../helpers/device-program/run';
import { programParameters } from '../../helpers/replay';
import type { Pit8254 } from '../../reference/pit/pit';
import { pitPorts, pitPrograms } from './programs';

const CLOCK_NS = 838;

/** Lets time pass one CLK at most at once, so that no stretch is ever taken in one stride. */
class TickByTick extends ReferenceSubject<Pit8254> {
  override advance(ns: number): void {
    for (let left = ns; left > 0; left -= CLOCK_NS) {
      super.advance(Math.min(left, CLOCK_NS));
    }
  }
}

describe('reference 8254', () => {
  it('is the same taken in strides and tick by tick', async () => {
    const [strides, ticks] = [new DirectRunner(pitReference()), new DirectRunner(new TickByTick(pitWiring))];
    await fc.assert(
      fc.asyncProperty(pitPrograms, (program) => expectAgreement(program, strides, ticks, pitPorts)),
      programParameters(100),
    );
  });

  it('has not drifted after 10^12 ticks', () => {
    const pit = new PitDriver(pitReference());
    pit.control(0x30);
    pit.control(0xb4);
    pit.write(2, 0xe8);
    pit.write(2, 0x03);
    pit.gate2(true);
    pit.clock(1);
    expect(pit.count(2, 3)).toBe(1000);
    pit.clock(1e12 - 1);
    expect(pit.count(2, 3)).toBe(1);
    pit.clock(1);
    expect(pit.count(2, 3)).toBe(1000);
  });
});
