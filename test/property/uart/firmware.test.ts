import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { uartReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { uartFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import type { UartOptions } from '../../reference/uart/registers';
import { uartPorts, uartProgramsFor } from './programs';

const KINDS: readonly (readonly [Partial<UartOptions>, number])[] = [
  [{ timing: 'instant' }, 700],
  [{ timing: 'timed' }, 500],
  [{ timing: 'timed', backPressure: 'lossy' }, 700],
  [{ timing: 'instant', backPressure: 'lossy' }, 300],
  [{ timing: 'timed', backPressure: 'lossy', model: '16450' }, 200],
  [{ timing: 'instant', model: '8250' }, 200],
];

describe('UART: firmware against reference', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(KINDS)('agree on every program: %o', async (options, programs) => {
    const firmware = new DirectRunner(uartFirmware(module, options));
    await fc.assert(
      fc.asyncProperty(uartProgramsFor(options), (program) =>
        expectAgreement(program, firmware, new DirectRunner(uartReference(options)), uartPorts),
      ),
      programParameters(programs),
    );
  });
});
