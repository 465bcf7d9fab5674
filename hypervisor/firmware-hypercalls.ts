import { MACHINE_A20, MACHINE_POWER_OFF, MACHINE_RESET } from './abi/hypercalls';
import { Slot } from './domain0/wiring';
import type { HypercallHandler } from './hypercalls';
import type { FirmwareServer } from './placement/firmware-server';
import type { Placement } from './placement/placements';
import type { Platform } from './platform';

/** Nanoseconds from now to the earliest deadline of a timer: one that is always due would stop virtual time. */
export const TIMER_SLOP = 100;

/**
 * What the firmware that `placement` runs can ask of the platform.
 *
 * @param server whom the answers are for; asked for late, because it is made with these hypercalls
 */
export function firmwareHypercalls(
  platform: Platform,
  placement: Placement,
  server: () => FirmwareServer,
): HypercallHandler {
  const { clock, deadlines, recorder, strings, pic, intercepts, config } = platform;
  const charges = placement.hypercall(config.cost);
  return {
    enter() {
      strings.happening(server().frame.done);
      clock.chargeAll(charges);
      recorder.hypercall(platform.current, charges);
    },
    sendEvent(port) {
      platform.sendEvent(port);
      server().frame.interrupt = 1;
    },
    setTimer(timer, deadline) {
      server().frame.interrupt = 1;
      recorder.timerSet(timer);
      deadlines.set(Slot.TIMERS + timer, Math.max(deadline, clock.now + TIMER_SLOP));
    },
    setIrq(gsi, level) {
      platform.lines.set(gsi, level);
      if (pic.asserted && platform.processor.interruptible) server().frame.interrupt = 1;
    },
    debugByte: (channel, value) => config.debug(channel, value),
    machine: (operation, argument) => machineCall(platform, operation, argument),
    mapPorts: (device, first, count) => intercepts.mapPorts(device, first, count),
    mapMemory: (device, address, bytes) => intercepts.mapMemory(device, address, bytes),
    mapPages: (address, bytes, place) => intercepts.showPages(address, bytes, place),
  };
}

function machineCall(platform: Platform, operation: number, argument: number): void {
  if (operation === MACHINE_A20) platform.processor.setAddressLine20(argument !== 0);
  else if (operation === MACHINE_RESET)
    platform.stop ??= { kind: 'reset', problem: 'the guest reset the machine', report: [] };
  else if (operation === MACHINE_POWER_OFF) {
    platform.stop ??= { kind: 'power-off', problem: 'the guest switched the machine off', report: [] };
  } else platform.memory.setShadowRam(argument);
}
