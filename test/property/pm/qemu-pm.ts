import type { QemuBench } from '../../helpers/device-program/qemu-runner';
import { portWrite } from '../../helpers/qtest/qtest-client';

const BASE = 0x600;

/** PIIX4 power management is PCI function 00:01.3: base address in register 40h, enable in 80h. */
export const PM: QemuBench = {
  machine: ['-machine', 'pc', '-m', '16'],
  intercept: { path: 'ioapic', side: 'in', lines: [9] },
  prologue: [
    portWrite(0xcf8, 4, 0x8000_0b40),
    portWrite(0xcfc, 4, BASE | 1),
    portWrite(0xcf8, 4, 0x8000_0b80),
    portWrite(0xcfc, 1, 1),
    portWrite(BASE + 2, 2, 0),
    portWrite(BASE + 4, 2, 1),
    portWrite(BASE, 2, 0xffff),
  ],
};
