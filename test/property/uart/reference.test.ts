import fc from 'fast-check';
import { describe, it } from 'vitest';
import { uartReference, uartWiring } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { DeadlineSubject } from '../../helpers/device-program/reference-subject';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import type { UartOptions } from '../../reference/uart/registers';
import { uartPorts, uartPrograms } from './programs';

const KINDS: readonly Partial<UartOptions>[] = [
  { timing: 'timed' },
  { timing: 'timed', backPressure: 'lossy' },
  { timing: 'instant', backPressure: 'lossy' },
  { timing: 'timed', model: '16450' },
  { timing: 'instant', model: '8250' },
];

describe('reference UART', () => {
  it.each(KINDS)('moves its interrupt line at its deadlines only: %o', async (options) => {
    const jumps = new DirectRunner(uartReference(options));
    const sleeps = new DirectRunner(new DeadlineSubject(uartWiring(options)));
    await fc.assert(
      fc.asyncProperty(uartPrograms, (program) => expectAgreement(program, jumps, sleeps, uartPorts)),
      programParameters(200),
    );
  });
});
