import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UART_DEVIATIONS } from '../../conformance/uart/deviations';
import { uartReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { uartFirmware } from '../../helpers/device-program/firmware-benches';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { qemuUartPrograms, uartPorts } from './programs';
import { COM1_AS_RESET_BY_DATA_SHEET } from './qemu-uart';

describeWithQemu('16550A: firmware against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, COM1_AS_RESET_BY_DATA_SHEET);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models, but for the deviations', async () => {
    const firmware = new DirectRunner(uartFirmware(await firmwareModule()));
    const comparison = new DeviationComparison(firmware, qemu, uartReference, UART_DEVIATIONS, uartPorts);
    await fc.assert(
      fc.asyncProperty(qemuUartPrograms, (program) => comparison.compare(program)),
      programParameters(500),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });
});
