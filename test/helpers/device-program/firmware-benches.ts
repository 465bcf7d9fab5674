import type { UartOptions } from '../../reference/uart/registers';
import { FirmwareSubject } from '../firmware-subject';

/** Device numbers of the firmware (DEVICE_*), one bit each: a bench has only the device that it tests. */
const [UART, PIT, RTC, HPET, PM] = [1 << 1, 1 << 3, 1 << 4, 1 << 10, 1 << 11] as const;
const MODELS = { '8250': 1, '16450': 2, '16550A': 3 } as const;

/** Each of the firmware's devices on the same bench as the reference's (`benches.ts`); one can be in use at a time. */
export const pitFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [0], config: { devices: PIT } });

export const rtcFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [8], config: { devices: RTC } });

export const hpetFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [0, 2, 8], config: { devices: HPET } });

export const pmFirmware = (firmware: WebAssembly.Module): FirmwareSubject =>
  new FirmwareSubject(firmware, { lines: [9], config: { devices: PM } });

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
