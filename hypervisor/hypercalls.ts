import { DEVICE_COUNT } from './abi/devices';
import {
  CHANNEL_DEBUG,
  CHANNEL_POST,
  GSI_COUNT,
  MACHINE_A20,
  MACHINE_SHADOW_RAM,
  STATUS_INVALID,
  STATUS_OK,
  TIMER_COUNT,
} from './abi/hypercalls';
import { EventChannels } from './events/event-channels';
import { NEVER } from './time/deadlines';

/** What the hypervisor does for a hypercall once its arguments are known to be good. */
export interface HypercallHandler {
  /** Any hypercall, before it is carried out: for charging and counting. */
  enter(): void;
  sendEvent(port: number): void;
  /** @param deadline absolute virtual time in ns, or NEVER */
  setTimer(timer: number, deadline: number): void;
  setIrq(gsi: number, level: number): void;
  debugByte(channel: number, value: number): void;
  /** @param operation MACHINE_* */
  machine(operation: number, argument: number): void;
  /** False: out of range. */
  mapPorts(device: number, first: number, count: number): boolean;
  mapMemory(device: number, address: number, bytes: number): boolean;
  mapPages(address: number, bytes: number, place: number): boolean;
}

const DISARM = 0xffffffff;

/**
 * The functions behind the firmware's `hypercall` imports. WebAssembly hands over signed 32-bit integers; every argument is
 * checked here, once, so that nothing behind this line sees a number out of range.
 */
export function hypercallImports(handler: HypercallHandler): Record<string, (...words: number[]) => number> {
  const answer = (valid: boolean) => (valid ? STATUS_OK : STATUS_INVALID);
  return {
    event_send(port = 0) {
      handler.enter();
      const valid = EventChannels.valid(port);
      if (valid) handler.sendEvent(port);
      return answer(valid);
    },
    set_timer(timer = 0, low = 0, high = 0) {
      handler.enter();
      const valid = timer >>> 0 < TIMER_COUNT;
      if (valid) handler.setTimer(timer, toDeadline(low >>> 0, high >>> 0));
      return answer(valid);
    },
    set_irq(gsi = 0, level = 0) {
      handler.enter();
      const valid = gsi >>> 0 < GSI_COUNT && level >>> 0 <= 1;
      if (valid) handler.setIrq(gsi, level);
      return answer(valid);
    },
    debug_byte(channel = 0, value = 0) {
      handler.enter();
      const valid = channel >= CHANNEL_DEBUG && channel <= CHANNEL_POST;
      if (valid) handler.debugByte(channel, value & 0xffff);
      return answer(valid);
    },
    machine(operation = 0, argument = 0) {
      handler.enter();
      const valid = operation >= MACHINE_A20 && operation <= MACHINE_SHADOW_RAM;
      if (valid) handler.machine(operation, argument >>> 0);
      return answer(valid);
    },
    map_ports(device = 0, first = 0, count = 0) {
      handler.enter();
      return answer(device >>> 0 < DEVICE_COUNT && handler.mapPorts(device, first >>> 0, count >>> 0));
    },
    map_memory(device = 0, address = 0, bytes = 0) {
      handler.enter();
      return answer(device >>> 0 < DEVICE_COUNT && handler.mapMemory(device, address >>> 0, bytes >>> 0));
    },
    map_pages(address = 0, bytes = 0, place = 0) {
      handler.enter();
      return answer(handler.mapPages(address >>> 0, bytes >>> 0, place >>> 0));
    },
  };
}

function toDeadline(low: number, high: number): number {
  return low === DISARM && high === DISARM ? NEVER : high * 2 ** 32 + low;
}
