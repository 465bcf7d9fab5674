import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { uartReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { uartFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import type { Program, Step } from '../../helpers/device-program/steps';
import { firmwareModule } from '../../helpers/firmware-device';
import type { UartOptions } from '../../reference/uart/registers';
import { pacedUartPrograms, uartPorts, uartPrograms } from './programs';

const KINDS: readonly (readonly [Partial<UartOptions>, number])[] = [
  [{ timing: 'instant' }, 700],
  [{ timing: 'timed' }, 500],
  [{ timing: 'timed', backPressure: 'lossy' }, 700],
  [{ timing: 'instant', backPressure: 'lossy' }, 300],
  [{ timing: 'timed', backPressure: 'lossy', model: '16450' }, 200],
  [{ timing: 'instant', model: '8250' }, 200],
];

const without = (program: Program, kinds: readonly Step['kind'][]): Program =>
  program.filter(({ kind }) => !kinds.includes(kind));

/**
 * What the firmware's console can bring as the reference's line does. A mark for the modem lines waits behind characters
 * that wait for room. On a slow line characters that have waited come in one after the other, and in the reference at once:
 * there the outside is only asked to take, unless it does not wait.
 */
function programsFor({ timing, backPressure }: Partial<UartOptions>): fc.Arbitrary<Program> {
  if (timing !== 'timed') return uartPrograms.map((program) => (backPressure ? program : without(program, ['modem'])));
  return backPressure ? pacedUartPrograms : uartPrograms.map((program) => without(program, ['modem', 'character']));
}

describe('UART: firmware against reference', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(KINDS)('agree on every program: %o', async (options, programs) => {
    const firmware = new DirectRunner(uartFirmware(module, options));
    await fc.assert(
      fc.asyncProperty(programsFor(options), (program) =>
        expectAgreement(program, firmware, new DirectRunner(uartReference(options)), uartPorts),
      ),
      programParameters(programs),
    );
  });
});
