import fc from 'fast-check';
import { describe, it } from 'vitest';
import { hpetWiring, pitWiring, rtcWiring, uartWiring } from '../../helpers/device-program/benches';
import { expectAgreement, type PortNames } from '../../helpers/device-program/compare';
import {
  DeadlineSubject,
  ReferenceSubject,
  type ReferenceWiring,
} from '../../helpers/device-program/reference-subject';
import { DirectRunner } from '../../helpers/device-program/run';
import type { Program } from '../../helpers/device-program/steps';
import { programParameters } from '../../helpers/replay';
import type { ReferenceDevice } from '../../reference/contract';
import { hpetPorts, hpetPrograms } from '../hpet/programs';
import { pitPorts, pitPrograms } from '../pit/programs';
import { rtcPorts, rtcPrograms } from '../rtc/programs';
import { uartPorts, uartPrograms } from '../uart/programs';

interface Bench {
  readonly name: string;
  readonly wiring: ReferenceWiring<ReferenceDevice>;
  readonly programs: fc.Arbitrary<Program>;
  readonly ports: PortNames;
}

const uart = (name: string, options: Parameters<typeof uartWiring>[0]): Bench => ({
  name,
  wiring: uartWiring(options),
  programs: uartPrograms,
  ports: uartPorts,
});

const BENCHES: readonly Bench[] = [
  { name: '8254', wiring: pitWiring, programs: pitPrograms, ports: pitPorts },
  { name: 'MC146818', wiring: rtcWiring, programs: rtcPrograms, ports: rtcPorts },
  { name: 'HPET', wiring: hpetWiring, programs: hpetPrograms, ports: hpetPorts },
  uart('16550A at its line rate that waits', { timing: 'timed' }),
  uart('16550A at its line rate that loses', { timing: 'timed', backPressure: 'lossy' }),
  uart('16550A that sends at once and loses', { timing: 'instant', backPressure: 'lossy' }),
  uart('16450 at its line rate', { timing: 'timed', model: '16450' }),
  uart('8250 that sends at once', { timing: 'instant', model: '8250' }),
];

describe('a reference device moves its interrupt lines at its deadlines only', () => {
  it.each(BENCHES)('$name', async ({ wiring, programs, ports }) => {
    const jumps = new DirectRunner(new ReferenceSubject(wiring));
    const sleeps = new DirectRunner(new DeadlineSubject(wiring));
    await fc.assert(
      fc.asyncProperty(programs, (program) => expectAgreement(program, jumps, sleeps, ports)),
      programParameters(300),
    );
  });
});
