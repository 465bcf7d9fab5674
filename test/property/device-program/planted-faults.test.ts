import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hpetReference,
  picReference,
  pitReference,
  rtcReference,
  uartReference,
} from '../../helpers/device-program/benches';
import { expectAgreement, type PortNames } from '../../helpers/device-program/compare';
import { DirectRunner } from '../../helpers/device-program/run';
import type { Program, Stimulus, UnderTest, Width } from '../../helpers/device-program/steps';
import { programParameters } from '../../helpers/replay';
import { hpetPorts, hpetPrograms } from '../hpet/programs';
import { picPorts, picPrograms } from '../pic/programs';
import { pitPorts, pitPrograms } from '../pit/programs';
import { rtcPorts, rtcPrograms } from '../rtc/programs';
import { uartPorts, uartPrograms } from '../uart/programs';

/** Passes everything on to a good device, so that a subclass can spoil one thing. */
class Spoiled implements UnderTest {
  readonly name = 'spoiled';

  constructor(protected readonly good: UnderTest) {}

  reset(): void {
    this.good.reset();
  }
  read(port: number, width: Width): number {
    return this.good.read(port, width);
  }
  write(port: number, width: Width, value: number): void {
    this.good.write(port, width, value);
  }
  advance(ns: number): void {
    this.good.advance(ns);
  }
  stimulate(stimulus: Stimulus): void {
    this.good.stimulate(stimulus);
  }
  acknowledge(): number {
    return this.good.acknowledge!();
  }
  interrupt(): number {
    return this.good.interrupt();
  }
  takeOutput(into: number[]): void {
    this.good.takeOutput(into);
  }
}

/** The three highest bits of a byte that is read change places with the next ones, rarely seen but in one value. */
class SwappedBits extends Spoiled {
  override read(port: number, width: Width): number {
    const value = super.read(port, width);
    return (value & 0xc0) === 0x40 ? value ^ 0xc0 : value;
  }
}

/** Every fifth rise of an interrupt line is lost. */
class LostInterrupt extends Spoiled {
  private rises = 0;

  override interrupt(): number {
    const word = super.interrupt();
    this.rises += word & 2 ? 1 : 0;
    return word & 2 && this.rises % 5 === 0 ? word & ~2 : word;
  }
}

/** Every twentieth write gets lost. */
class LostWrite extends Spoiled {
  private writes = 0;

  override write(port: number, width: Width, value: number): void {
    if (++this.writes % 20 !== 0) {
      super.write(port, width, value);
    }
  }
}

/** Time runs slow by one part in fifty. */
class SlowTime extends Spoiled {
  override advance(ns: number): void {
    super.advance(Math.floor(ns * 0.98));
  }
}

interface Bench {
  readonly device: string;
  readonly create: () => UnderTest;
  readonly programs: fc.Arbitrary<Program>;
  readonly names: PortNames;
  readonly hasTime: boolean;
}

const BENCHES: readonly Bench[] = [
  { device: '8254', create: pitReference, programs: pitPrograms, names: pitPorts, hasTime: true },
  { device: '16550A', create: uartReference, programs: uartPrograms, names: uartPorts, hasTime: true },
  { device: 'MC146818', create: rtcReference, programs: rtcPrograms, names: rtcPorts, hasTime: true },
  { device: '8259A', create: picReference, programs: picPrograms, names: picPorts, hasTime: false },
  { device: 'HPET', create: hpetReference, programs: hpetPrograms, names: hpetPorts, hasTime: true },
];
const FAULTS = [SwappedBits, LostInterrupt, LostWrite, SlowTime] as const;

const cases = BENCHES.flatMap((bench) =>
  FAULTS.filter((fault) => bench.hasTime || fault !== SlowTime).map((fault) => ({ bench, fault })),
);

describe('a planted fault is caught', () => {
  it.each(cases)('$bench.device: $fault.name', async ({ bench, fault }) => {
    const good = new DirectRunner(bench.create());
    const bad = new DirectRunner(new fault(bench.create()));
    const property = fc.asyncProperty(bench.programs, (program) => expectAgreement(program, good, bad, bench.names));
    const result = await fc.check(property, { ...programParameters(1000), endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain('differ at step');
  });
});
