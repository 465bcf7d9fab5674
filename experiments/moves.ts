import { type MachineConfig, placementByName } from '../hypervisor/config';
import { DEVICE_NAMES } from '../hypervisor/device-names';
import { Host, type Placement } from '../hypervisor/placement/placements';
import type { Platform } from '../hypervisor/platform';
import { EMULATORS } from './emulators';
import { UsageError } from './errors';
import { deviceByName, placementProblem } from './options';

interface Move {
  /** Virtual ns. */
  readonly time: number;
  readonly device: number;
  readonly placement: Placement;
}

/** Devices that are to go elsewhere in the course of a run. */
export class Moves {
  private readonly waiting: Move[];

  /** @param options each `SECONDS:DEVICE=P,DEVICE=P,...`, in seconds of virtual time */
  constructor(options: readonly string[]) {
    this.waiting = options.flatMap(parseMoves).sort((a, b) => a.time - b.time);
  }

  /** Virtual ns of the next one. */
  get next(): number {
    return this.waiting[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  /** Make sure, before anything runs, that the machine has the devices and that they can be moved. @throws UsageError */
  check({ devices, placements, emulator }: Pick<MachineConfig, 'devices' | 'placements' | 'emulator'>): void {
    for (const { device, placement } of this.waiting) {
      const move = `--move ${DEVICE_NAMES[device]}=${placement.name}`;
      if ((devices & (1 << device)) === 0) {
        throw new UsageError(`${move}: the machine has no such device; leave it out, or try --pci`);
      }
      if (((emulator?.devices ?? 0) >> device) % 2 !== 0 || placements[device]!.host === Host.NOBODY) {
        throw new UsageError(`${move}: where it is the firmware does not serve it, so it has no state that could move`);
      }
    }
  }

  /** Carry out those whose time has come; one whose device owes the guest an answer at this moment waits for the next call. */
  carryOut(platform: Platform): void {
    for (let move = this.waiting[0]; move && move.time <= platform.clock.now; move = this.waiting[0]) {
      if (platform.waitedFor === move.device) return;
      this.waiting.shift();
      const obstacle = platform.move(move.device, move.placement);
      if (obstacle) throw new UsageError(`--move ${DEVICE_NAMES[move.device]}=${move.placement.name}: ${obstacle}`);
    }
  }
}

function parseMoves(option: string): Move[] {
  const [seconds, rest] = option.split(':');
  if (!rest || !seconds || !(Number(seconds) >= 0) || !Number.isFinite(Number(seconds)) || !rest.includes('=')) {
    throw new UsageError(`--move ${option}: give SECONDS:DEVICE=PLACEMENT, such as 1.5:ide=reflect`);
  }
  return rest.split(',').map((part) => {
    const [name = '', to = ''] = part.split('=');
    const placement = placementByName(to);
    if (EMULATORS.some((emulator) => emulator.name === to.split('+')[0])) {
      throw new UsageError(`--move ${option}: only the firmware's state moves; name a placement that it serves`);
    }
    if (!placement) throw new UsageError(`--move ${option}: ${placementProblem(to)}`);
    if (placement.host === Host.NOBODY) {
      throw new UsageError(
        `--move ${option}: where the guest's own drivers serve a device, it has no state that could move; name another`,
      );
    }
    return { time: Math.round(Number(seconds) * 1e9), device: deviceByName(name, `--move ${option}`), placement };
  });
}
