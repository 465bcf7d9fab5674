import { createHash } from 'node:crypto';
import { type MachineConfig, machineConfig } from '../../../hypervisor/config';
import { DEVICE_NAMES } from '../../../hypervisor/device-names';
import { Machine, type RunResult } from '../../../hypervisor/machine';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';

/** Everything that a guest could tell of its devices, and the machine that it ran on. */
export interface GuestRun {
  machine: Machine;
  result: RunResult;
  console: string;
  /** What must be equal under every placement. */
  seen: Record<string, string>;
}

/** Virtual ns after which a guest that does not end is stopped. */
const TIME_LIMIT = 60e9;
const RAM_BYTES = 2 ** 20;
/** Engines limit how many memories of a gigabyte a process has: machines hand theirs on. */
let spare: Machine | undefined;

/** A disk of `sectors` whose every byte follows from its position. */
export function patternDisk(sectors: number): Uint8Array {
  return Uint8Array.from({ length: sectors * 512 }, (_, index) => (index * 31) ^ (index >> 9));
}

/** A machine with a ROM image, one disk and one serial line. */
export interface Guest {
  readonly machine: Machine;
  readonly disk: MemoryDisk;
  /** What it has printed. */
  readonly sent: number[];
}

/** Only the last one's machine can be used. */
export function makeGuest(
  firmware: WebAssembly.Module,
  image: Uint8Array,
  changes: Partial<MachineConfig>,
  contents = patternDisk(512),
): Guest {
  const sent: number[] = [];
  const disk = new MemoryDisk(contents);
  const uart = { model: 3, sink: (byte: number) => sent.push(byte), lineRate: false, lossy: false };
  const config = machineConfig(firmware, image, {
    ramBytes: RAM_BYTES,
    drives: [{ disk, cdrom: false }],
    uarts: [uart],
    ...changes,
  });
  const machine = new Machine(config, spare);
  spare = machine;
  return { machine, disk, sent };
}

/** Run to the end and look at everything that the guest could tell. */
export function finishGuest({ machine, disk, sent }: Guest): GuestRun {
  const result = machine.run(TIME_LIMIT);
  const { platform, vcpu } = machine;
  const seen: Record<string, string> = {
    outcome: result.outcome,
    instructions: String(vcpu.instructions),
    console: String.fromCharCode(...sent),
    disk: hash(disk.bytes),
    memory: hash(platform.memory.bytes.subarray(0, RAM_BYTES)),
  };
  DEVICE_NAMES.forEach((name, device) => {
    seen[name] = platform.trace.digest(device);
  });
  return { machine, result, console: seen.console!, seen };
}

/**
 * Run a ROM image to its end. Only one run's machine can be looked at, the last one's.
 *
 * @param prepare called with the machine before it starts
 */
export function runGuest(
  firmware: WebAssembly.Module,
  image: Uint8Array,
  changes: Partial<MachineConfig>,
  prepare: (machine: Machine) => void = () => {},
): GuestRun {
  const guest = makeGuest(firmware, image, changes);
  prepare(guest.machine);
  return finishGuest(guest);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
