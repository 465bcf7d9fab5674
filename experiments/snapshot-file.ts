import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DriveConfig } from '../hypervisor/config';
import type { Machine } from '../hypervisor/machine';
import { SnapshotError } from '../hypervisor/snapshot/snapshot';
import { OverlayDisk } from '../pv-drivers/backend/overlay-disk';
import { UsageError } from './errors';
import { readInput } from './options';
import { writeOutput } from './write-output';

/**
 * A snapshot of a boot: gzip of the length of the head (u32, little-endian), the head as JSON, the machine's own snapshot, and the
 * sectors that the guest wrote to disks which keep them in memory.
 */
interface Head {
  readonly format: typeof FORMAT;
  /** SHA-256 of the firmware binary: another one would find its state in other places. */
  readonly firmware: string;
  /** Bytes of the machine's snapshot. */
  readonly machine: number;
  /** By drive: numbers of the sectors, whose contents follow in this order; null for a disk whose writes reached it. */
  readonly written: readonly (readonly number[] | null)[];
}

const FORMAT = 'selfio boot 1';
const FASTEST = { level: 1 };

type Drives = readonly (DriveConfig | undefined)[];

function overlays(drives: Drives): (OverlayDisk | undefined)[] {
  return drives.map((drive) => (drive?.disk instanceof OverlayDisk ? drive.disk : undefined));
}

function digest(firmware: Uint8Array): string {
  return createHash('sha256').update(firmware).digest('hex');
}

/** Write where a machine stands, so that `restoreSnapshot` can go on from there. */
export function saveSnapshot(path: string, machine: Machine, firmware: Uint8Array): void {
  const saved = overlays(machine.config.drives).map((disk) => disk?.save());
  const state = machine.save();
  const head: Head = {
    ...{ format: FORMAT, firmware: digest(firmware), machine: state.length },
    written: saved.map((disk) => disk?.sectors ?? null),
  };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const contents = saved.flatMap((disk) => (disk ? [disk.contents] : []));
  writeOutput(path, gzipSync(Buffer.concat([length, json, state, ...contents]), FASTEST));
}

/**
 * Put a machine, and those of its disks that keep writes in memory, into the state of a snapshot.
 *
 * @throws UsageError for a file that is none, or does not fit the machine
 */
export function restoreSnapshot(path: string, machine: Machine, firmware: Uint8Array): void {
  const { head, rest } = readSnapshot(path);
  if (head.firmware !== digest(firmware)) {
    throw new UsageError(`--restore ${path}: this was saved with another firmware; take a new one`);
  }
  const disks = overlays(machine.config.drives);
  disks.forEach((disk, drive) => {
    if ((disk !== undefined) !== Array.isArray(head.written[drive])) {
      throw new UsageError(`--restore ${path}: give the same --disk and --snapshot options as when it was saved`);
    }
  });
  try {
    machine.restore(rest.subarray(0, head.machine));
  } catch (error) {
    if (error instanceof SnapshotError) throw new UsageError(`--restore ${path}: ${error.message}`);
    throw error;
  }
  let at = head.machine;
  disks.forEach((disk, drive) => {
    const sectors = head.written[drive] ?? [];
    disk?.restore({ sectors, contents: rest.subarray(at, at + sectors.length * 512) });
    at += sectors.length * 512;
  });
}

function readSnapshot(path: string): { head: Head; rest: Buffer } {
  const file = readInput('--restore', path);
  try {
    const bytes = gunzipSync(file);
    const length = bytes.readUInt32LE(0);
    const head = JSON.parse(bytes.toString('utf8', 4, 4 + length)) as Head;
    if (head.format === FORMAT) return { head, rest: bytes.subarray(4 + length) };
  } catch {
    // Said below: whatever is wrong with it, it is none.
  }
  throw new UsageError(`--restore ${path}: this is no snapshot that 'boot --save' wrote, or it is damaged`);
}
