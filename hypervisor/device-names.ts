import {
  DEVICE_APIC,
  DEVICE_DEBUG,
  DEVICE_FWCFG,
  DEVICE_HPET,
  DEVICE_I8042,
  DEVICE_IDE,
  DEVICE_NONE,
  DEVICE_PCI,
  DEVICE_PIC,
  DEVICE_PIT,
  DEVICE_PM,
  DEVICE_PORT92,
  DEVICE_ROM_CARD,
  DEVICE_RTC,
  DEVICE_UART,
} from './abi/devices';

/** What people call each device, in options and tables; `unclaimed` stands for addresses that nobody decodes. */
const NAMES: readonly (readonly [number, string])[] = [
  [DEVICE_NONE, 'unclaimed'],
  [DEVICE_UART, 'uart'],
  [DEVICE_IDE, 'ide'],
  [DEVICE_PIT, 'pit'],
  [DEVICE_RTC, 'rtc'],
  [DEVICE_I8042, 'i8042'],
  [DEVICE_PORT92, 'port92'],
  [DEVICE_FWCFG, 'fw-cfg'],
  [DEVICE_DEBUG, 'debug'],
  [DEVICE_PCI, 'pci'],
  [DEVICE_HPET, 'hpet'],
  [DEVICE_PM, 'pm'],
  [DEVICE_PIC, 'pic'],
  [DEVICE_APIC, 'apic'],
  [DEVICE_ROM_CARD, 'rom-card'],
];

/** Names by DEVICE_*. */
export const DEVICE_NAMES: readonly string[] = [...NAMES].sort(([a], [b]) => a - b).map(([, name]) => name);

/** Devices that the hypervisor itself emulates under every placement: the interrupt controllers. */
export const ALWAYS_IN_HYPERVISOR: readonly number[] = [DEVICE_PIC, DEVICE_APIC];

/** Devices whose placement can be chosen. */
export const PLACEABLE_DEVICES: readonly number[] = NAMES.map(([device]) => device).filter(
  (device) => device !== DEVICE_NONE && !ALWAYS_IN_HYPERVISOR.includes(device),
);
