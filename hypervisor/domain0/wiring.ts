import {
  DEVICE_FWCFG,
  DEVICE_HPET,
  DEVICE_IDE,
  DEVICE_NONE,
  DEVICE_PIT,
  DEVICE_PM,
  DEVICE_ROM_CARD,
  DEVICE_RTC,
  DEVICE_UART,
} from '../abi/devices';
import { TIMER_COUNT, TIMER_HPET, TIMER_IDE0, TIMER_PIT, TIMER_PM, TIMER_RTC, TIMER_UART0 } from '../abi/hypercalls';
import { BLOB_RING, BLOCK_RING_COUNT, CONSOLE_RING_COUNT, ROM_CARD_RING } from '../abi/layout';
import { EVENT_PORT_COUNT } from '../abi/shared-info';

/** Event-channel ports as this hypervisor hands them out: block rings from 1, then consoles. */
export const FIRST_BLOCK_PORT = 1;
export const FIRST_CONSOLE_PORT = FIRST_BLOCK_PORT + BLOCK_RING_COUNT;

/** Out-of-guest processes that can emulate devices: domain 0's, a stub domain's, a host user's. */
export const PROCESS_COUNT = 3;

const EVENTS_TO_DOMAIN0 = TIMER_COUNT + 2;
const DISK_COMPLETIONS = EVENTS_TO_DOMAIN0 + 2 * EVENT_PORT_COUNT;

/**
 * Slots of the machine's deadlines: firmware timers, that of an emulator of another make, the guest's own, events for domain 0, events for the
 * guest, disk completions.
 */
export const Slot = {
  TIMERS: 0,
  EMULATOR: TIMER_COUNT,
  GUEST_TIMER: TIMER_COUNT + 1,
  EVENTS_TO_DOMAIN0,
  EVENTS_TO_GUEST: EVENTS_TO_DOMAIN0 + EVENT_PORT_COUNT,
  DISK_COMPLETIONS,
  COUNT: DISK_COMPLETIONS + BLOCK_RING_COUNT,
} as const;

/** The device behind each event-channel port. */
export const DEVICE_OF_PORT: readonly number[] = Array.from({ length: EVENT_PORT_COUNT }, (_, port) => {
  if (port >= FIRST_CONSOLE_PORT && port < FIRST_CONSOLE_PORT + CONSOLE_RING_COUNT) return DEVICE_UART;
  if (port === FIRST_BLOCK_PORT + BLOB_RING) return DEVICE_FWCFG;
  if (port === FIRST_BLOCK_PORT + ROM_CARD_RING) return DEVICE_ROM_CARD;
  return port >= FIRST_BLOCK_PORT && port < FIRST_CONSOLE_PORT ? DEVICE_IDE : DEVICE_NONE;
});

/** The device behind each one-shot timer. */
export const DEVICE_OF_TIMER: readonly number[] = Array.from({ length: TIMER_COUNT }, (_, timer) => {
  if (timer >= TIMER_UART0 && timer < TIMER_UART0 + CONSOLE_RING_COUNT) return DEVICE_UART;
  if (timer >= TIMER_IDE0) return timer < TIMER_IDE0 + 2 ? DEVICE_IDE : DEVICE_NONE;
  return (
    { [TIMER_PIT]: DEVICE_PIT, [TIMER_RTC]: DEVICE_RTC, [TIMER_HPET]: DEVICE_HPET, [TIMER_PM]: DEVICE_PM }[timer] ?? 0
  );
});
