import type { QemuBench } from '../../helpers/device-program/qemu-runner';
import { portWrite } from '../../helpers/qtest/qtest-client';

export const CLOCK: QemuBench = {
  machine: ['-machine', 'pc,hpet=off', '-m', '16', '-rtc', 'base=2020-01-01T00:00:00,clock=vm'],
  intercept: { path: 'ioapic', side: 'in', lines: [8] },
  // The 8254 in mode 0: its 36 edges a second would be most of what QEMU does in an hour.
  prologue: [portWrite(0x43, 1, 0x30), portWrite(0x40, 1, 0), portWrite(0x40, 1, 0)],
};
