import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_TRAY, type IdeMachine, SPARSE, STANDARD } from '../../conformance/ide/machines';
import type { IdeMismatch } from '../../conformance/ide/mismatch';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { Comparison } from './comparison';
import { programs } from './programs';
import { runParameters } from './replay';

const RUNS: readonly (readonly [IdeMachine, number])[] = [
  [STANDARD, 1200],
  [SPARSE, 400],
  [EMPTY_TRAY, 400],
];
const MAXIMUM_LENGTH = 7;

const HIGH_ORDER_BYTE = 0x80;

/**
 * The one difference that is known and open: which value the high order byte of a task-file register holds after the device
 * itself wrote the register. [ATA-6] 6.20 speaks of values that the host wrote only; the firmware does as QEMU does.
 */
function highOrderByte({ steps, index }: IdeMismatch): readonly string[] | undefined {
  const step = steps[index];
  if (step.kind !== 'in' || (step.port & 7) < 2 || (step.port & 7) > 5) return undefined;
  const control = step.port >= 0x1f0 ? 0x3f6 : 0x376;
  const last = steps.slice(0, index).findLast((earlier) => earlier.kind === 'out' && earlier.port === control);
  return last?.kind === 'out' && last.value & HIGH_ORDER_BYTE ? ['high order byte'] : undefined;
}

describe('IDE: firmware and reference run the same programs alike', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(RUNS.map(([machine, count]) => [machine.name, machine, count] as const))('%s', async (_, machine, count) => {
    const sides = { machine, left: new FirmwareIde(module, machine), right: new ReferenceIde(machine) };
    const comparison = new Comparison(sides, highOrderByte);
    let accesses = 0;
    await fc.assert(
      fc.asyncProperty(programs(machine, MAXIMUM_LENGTH), async (program) => {
        accesses += (await comparison.run(program)).accesses;
      }),
      runParameters(count),
    );
    expect(accesses).toBeGreaterThan(count);
  });
});
