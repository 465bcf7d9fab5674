import { loadProgram } from '../../guest/programs';
import { DEVICE_PIT } from '../../hypervisor/abi/devices';
import type { MachineConfig } from '../../hypervisor/config';
import { type MissedTicks, TickKeeper } from '../../hypervisor/interrupt/missed-ticks';
import { Host } from '../../hypervisor/placement/placements';
import type { Platform } from '../../hypervisor/platform';
import { Outcome } from '../../hypervisor/run-loop';
import type { CostModel } from '../../hypervisor/time/cost-model';
import { makeMachine } from './run';

/** What a guest made of a time in which it was not scheduled; virtual ns. */
export interface StalledRun {
  /** Ticks that a clock on the wall would have counted; the guest ends just after one. */
  due: number;
  /** When the guest took each tick, by its time stamp counter. */
  ticks: number[];
  /** How far the guest's time stamp counter was behind at its end. */
  clockError: number;
}

/** Where `bench-missed-ticks` leaves what it saw. */
const TICKS = 0x20000;
const CLOCKS = 0x20008;
/** 1,193 clocks of 1.193182 MHz. */
const PERIOD = (1193 / 1.193182) * 1000;
const PATIENCE = 10e9;

/**
 * Run a guest that notes its ticks, and do not schedule it for a while.
 *
 * @param milliseconds of the guest's own clock that it runs
 * @param begins the stall, virtual ns
 * @param lasts virtual ns
 */
export function runStalled(
  firmware: WebAssembly.Module,
  placement: string,
  cost: CostModel,
  missedTicks: MissedTicks,
  { milliseconds, begins, lasts }: { milliseconds: number; begins: number; lasts: number },
  timeline: MachineConfig['timeline'],
): StalledRun {
  const image = loadProgram('bench-missed-ticks', milliseconds);
  const machine = makeMachine(firmware, image, placement, cost, { missedTicks, timeline });
  const { platform } = machine;
  machine.run(begins);
  stall(platform, lasts);
  const { outcome, summary } = machine.run(PATIENCE);
  if (outcome !== Outcome.HALTED) throw new Error(`the stalled guest did not end: ${summary}`);
  const memory = new DataView(platform.memory.buffer);
  const clocks = Array.from({ length: memory.getUint32(TICKS, true) + 1 }, (_, index) =>
    Number(memory.getBigUint64(CLOCKS + index * 8, true)),
  );
  const [start, ...ticks] = clocks as [number, ...number[]];
  return { due: Math.round((platform.clock.now - start) / PERIOD), ticks, clockError: platform.clock.heldBack };
}

/**
 * The guest's vCPU is not scheduled. Device models elsewhere go on; those in the guest's firmware do not run either, and find out
 * afterwards what the time is.
 */
function stall(platform: Platform, nanoseconds: number): void {
  const inGuest = platform.config.placements[DEVICE_PIT]!.host === Host.GUEST;
  if (inGuest) platform.clock.idleUntil(platform.clock.now + nanoseconds);
  else platform.advance(nanoseconds);
  if (platform.pic instanceof TickKeeper) platform.pic.slept(nanoseconds);
}
