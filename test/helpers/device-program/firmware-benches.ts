import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import type { UartOptions } from '../../reference/uart/registers';
import { FirmwareSubject } from '../firmware-subject';
import type { Width } from './steps';

/** Device numbers of the firmware (DEVICE_*), one bit each: a bench has only the device that it tests. */
const [UART, PIT, RTC, I8042, FW_CFG, HPET, PM] = [1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 7, 1 << 10, 1 << 11] as const;
const MODELS = { '8250': 1, '16450': 2, '16550A': 3 } as const;

/** Each of the firmware's devices on the same bench as the reference's (`benches.ts`); one can be in use at a time. */
export const pitFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [0], config: { devices: PIT } });

export const rtcFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [8], config: { devices: RTC } });

export const keyboardFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [1], config: { devices: I8042 } });

export const hpetFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [0, 2, 8], config: { devices: HPET } });

/** Where a machine without PCI has its power management, and where programs look for it. */
const [PM_BASE, PM_PROGRAMS] = [0xb000, 0x600] as const;

class MovedPm extends FirmwareSubject {
  override read(port: number, width: Width): number {
    return super.read(port - PM_PROGRAMS + PM_BASE, width);
  }

  override write(port: number, width: Width, value: number): void {
    super.write(port - PM_PROGRAMS + PM_BASE, width, value);
  }
}

export const pmFirmware = (firmware: WebAssembly.Module, timeGoesOn = false): FirmwareSubject =>
  new MovedPm(firmware, { lines: [9], config: { devices: PM }, timeGoesOn });

/** fw_cfg with one file, whose contents are one sector of domain 0's disk at most. */
export function fwCfgFirmware(firmware: WebAssembly.Module, name: string, contents: Uint8Array): FirmwareSubject {
  const sector = new Uint8Array(512);
  sector.set(contents);
  const blobs = [{ key: 0x20, name, bytes: contents.length, sector: 0 }];
  return new FirmwareSubject(firmware, {
    lines: [],
    config: { devices: FW_CFG, blobs, blobDisk: new MemoryDisk(sector) },
  });
}

/** COM1: a 16550A that sends at once and blocks, unless told otherwise. */
export const uartFirmware = (firmware: WebAssembly.Module, changes: Partial<UartOptions> = {}): FirmwareSubject =>
  new FirmwareSubject(firmware, {
    lines: [4],
    config: { devices: UART },
    uart: {
      model: MODELS[changes.model ?? '16550A'],
      lineRate: changes.timing === 'timed',
      lossy: changes.backPressure === 'lossy',
    },
  });
