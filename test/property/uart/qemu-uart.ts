import type { QemuBench } from '../../helpers/device-program/qemu-runner';
import { portWrite } from '../../helpers/qtest/qtest-client';

export const COM1: QemuBench = {
  machine: ['-machine', 'pc', '-m', '16'],
  intercept: { path: 'ioapic', side: 'in', lines: [4] },
  serial: true,
};
/** QEMU's reset sets OUT2 and leaves the FIFO control: deviations reset-modem-control and reset-fifo-control. */
export const COM1_AS_RESET_BY_DATA_SHEET: QemuBench = {
  ...COM1,
  prologue: [portWrite(0x3fc, 1, 0), portWrite(0x3fa, 1, 0)],
};
