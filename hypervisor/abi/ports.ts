import {
  DEVICE_DEBUG,
  DEVICE_FWCFG,
  DEVICE_I8042,
  DEVICE_IDE,
  DEVICE_PCI,
  DEVICE_PIC,
  DEVICE_PIT,
  DEVICE_PORT92,
  DEVICE_RTC,
  DEVICE_UART,
} from './devices';

/** A run of ports that a device decodes from power-on. */
export interface PortRange {
  device: number;
  first: number;
  count: number;
}

/** The PC's fixed port assignment ([PIIX3] 2.2 and the IBM PC/AT Technical Reference); PCI BARs come on top. */
export const FIXED_PORTS: readonly PortRange[] = [
  { device: DEVICE_PIC, first: 0x20, count: 2 },
  { device: DEVICE_PIT, first: 0x40, count: 4 },
  { device: DEVICE_I8042, first: 0x60, count: 1 },
  { device: DEVICE_PIT, first: 0x61, count: 1 },
  { device: DEVICE_I8042, first: 0x64, count: 1 },
  { device: DEVICE_RTC, first: 0x70, count: 2 },
  { device: DEVICE_DEBUG, first: 0x80, count: 1 },
  { device: DEVICE_PORT92, first: 0x92, count: 1 },
  { device: DEVICE_PIC, first: 0xa0, count: 2 },
  { device: DEVICE_IDE, first: 0x170, count: 8 },
  { device: DEVICE_IDE, first: 0x1f0, count: 8 },
  { device: DEVICE_UART, first: 0x2e8, count: 8 },
  { device: DEVICE_UART, first: 0x2f8, count: 8 },
  { device: DEVICE_IDE, first: 0x376, count: 1 },
  { device: DEVICE_UART, first: 0x3e8, count: 8 },
  { device: DEVICE_IDE, first: 0x3f6, count: 1 },
  { device: DEVICE_UART, first: 0x3f8, count: 8 },
  { device: DEVICE_DEBUG, first: 0x402, count: 1 },
  { device: DEVICE_DEBUG, first: 0x404, count: 1 },
  { device: DEVICE_PIC, first: 0x4d0, count: 2 },
  { device: DEVICE_FWCFG, first: 0x510, count: 12 },
  { device: DEVICE_PCI, first: 0xcf8, count: 8 },
];
