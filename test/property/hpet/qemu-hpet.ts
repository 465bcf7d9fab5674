import type { QemuBench } from '../../helpers/device-program/qemu-runner';
import { portWrite } from '../../helpers/qtest/qtest-client';

export const HPET: QemuBench = {
  machine: ['-machine', 'pc,hpet=on', '-m', '16'],
  intercept: { path: 'ioapic', side: 'in', lines: [0, 2, 8] },
  // The 8254 shares line 0: in mode 0 it is quiet for longer than a program lasts.
  prologue: [portWrite(0x43, 1, 0x30), portWrite(0x40, 1, 0), portWrite(0x40, 1, 0)],
};
