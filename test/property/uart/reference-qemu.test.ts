import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UART_DEVIATIONS } from '../../conformance/uart/deviations';
import { uartReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { qemuUartPrograms, uartPorts } from './programs';
import { COM1, COM1_AS_RESET_BY_DATA_SHEET } from './qemu-uart';

describeWithQemu('16550A: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, COM1_AS_RESET_BY_DATA_SHEET);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(uartReference()),
      qemu,
      uartReference,
      UART_DEVIATIONS,
      uartPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuUartPrograms, (program) => comparison.compare(program)),
      programParameters(500),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(UART_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, COM1);
    await expectDeviation(row, new DirectRunner(uartReference()), fresh).finally(() => fresh.close());
  });
});
