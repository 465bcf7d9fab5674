import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { DEVICE_NAMES, PLACEABLE_DEVICES } from '../../../hypervisor/device-names';
import { Counter } from '../../../hypervisor/trace/counters';
import { firmwareModule } from '../../helpers/firmware-device';
import { finishGuest, type GuestRun, makeGuest, patternDisk } from './guest-run';
import { assemble, type Operation, program } from './programs';

const NAMES = [
  ...[
    'reflect',
    'reflect+shadow',
    'reflect+lazy+paged+notify-on-resume',
    'inkernel',
    'ioemu',
    'ioemu+posted',
    'stubdom',
  ],
  ...['kvm-user+posted', 'forward'],
];
const [UART, IDE, FWCFG] = [1, 2, 7];
/** Virtual ns in which most generated programs do what they do. */
const LATEST = 3_000_000;
const MOVABLE = ['uart', 'ide', 'pit', 'rtc', 'i8042', 'port92', 'fw-cfg', 'debug'];

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await firmwareModule();
});

/** At virtual time `time` (ns), `device` goes to `placement`; without one, it stays, and the run only pauses. */
interface Move {
  readonly time: number;
  readonly device: string;
  readonly to: string | undefined;
}

function run(image: Uint8Array, initial: string, moves: readonly Move[], typed = new Uint8Array(0)): GuestRun {
  const guest = makeGuest(firmware, image, { placements: allPlaced(placementByName(initial)!) });
  const { machine } = guest;
  machine.platform.input(0, typed);
  for (const { time, device, to } of moves) {
    machine.run(time);
    if (to) expect(machine.platform.move(DEVICE_NAMES.indexOf(device), placementByName(to)!)).toBeUndefined();
  }
  return finishGuest(guest);
}

const staying = (moves: readonly Move[]) => moves.map((move) => ({ ...move, to: undefined }));

describe('devices that move while the guest runs', () => {
  it('are noticed by no generated guest', () => {
    const move = fc.record({
      time: fc.nat(LATEST),
      device: fc.constantFrom(...MOVABLE),
      to: fc.constantFrom(...NAMES),
    });
    const moves = fc.array(move, { minLength: 1, maxLength: 12 }).map((all) => all.sort((a, b) => a.time - b.time));
    fc.assert(
      fc.property(
        program,
        moves,
        fc.constantFrom(...NAMES),
        fc.uint8Array({ maxLength: 30 }),
        (operations, list, initial, typed) => {
          const image = assemble(operations);
          expect(run(image, initial, list, typed).seen).toEqual(run(image, 'reflect', staying(list), typed).seen);
        },
      ),
      { numRuns: 60, seed: 2007 },
    );
  });

  /** Devices of the tour, each at a time at which the tour is busy with it. */
  const into: Move[] = [
    { time: 400_000, device: 'pit', to: 'reflect' },
    { time: 1_200_000, device: 'uart', to: 'reflect' },
    { time: 2_000_000, device: 'rtc', to: 'reflect' },
    { time: 20_000_000, device: 'ide', to: 'reflect' },
  ];

  it('go from domain 0 into the guest one by one, by way of firmware that forwards, under the tour', () => {
    const tour = loadProgram('tour');
    const still = run(tour, 'reflect', staying(into));
    const moved = run(tour, 'forward', into);
    expect(still.console).toContain('failures: 0');
    expect(moved.seen).toEqual(still.seen);
    const { counters } = moved.machine.platform;
    for (const device of [UART, IDE]) {
      const forwards = counters.get(device, Counter.FORWARDS);
      expect(forwards).toBeGreaterThan(0);
      expect(counters.get(device, Counter.REFLECTIONS)).toBeGreaterThan(forwards);
    }
    for (const { device } of into) {
      expect(moved.machine.platform.placementOf(DEVICE_NAMES.indexOf(device))).toBe('reflect');
    }
  });

  it('and back out again', () => {
    const tour = loadProgram('tour');
    const out = into.map((move) => ({ ...move, to: 'forward' }));
    const moved = run(tour, 'reflect', out);
    expect(moved.seen).toEqual(run(tour, 'reflect', staying(out)).seen);
    expect(moved.machine.platform.counters.get(IDE, Counter.FORWARDS)).toBeGreaterThan(0);
  });

  it('stay where they went when the guest resets the machine', () => {
    const reset: Operation[] = [
      { kind: 'in', port: 0x3fd, width: 1 },
      { kind: 'delay', rounds: 1000 },
    ];
    const guest = makeGuest(firmware, assemble(reset), { placements: allPlaced(placementByName('forward')!) });
    const { machine } = guest;
    machine.platform.move(UART, placementByName('reflect')!);
    machine.reset();
    finishGuest(guest);
    const { counters } = machine.platform;
    expect(machine.platform.placementOf(UART)).toBe('reflect');
    expect(counters.get(UART, Counter.REFLECTIONS)).toBe(1);
    expect(counters.get(UART, Counter.FORWARDS)).toBe(0);
  });

  it('leave no stale value in the shadow page', () => {
    const scratch = (value: number): Operation => ({ kind: 'out', port: 0x3ff, width: 1, value });
    const pause: Operation = { kind: 'delay', rounds: 10_000 };
    const image = assemble([scratch(1), pause, scratch(2), pause, { kind: 'in', port: 0x3ff, width: 1 }]);
    const moves = ['ioemu', 'reflect+shadow'].map((to, index) => ({
      time: 60_000 + index * 100_000,
      device: 'uart',
      to,
    }));
    expect(run(image, 'reflect+shadow', moves).seen).toEqual(run(image, 'reflect', staying(moves)).seen);
  });
});

describe('a device that cannot move', () => {
  const tour = () => loadProgram('tour');
  const place = (name: string) => ({ placements: allPlaced(placementByName(name)!) });

  it('says why, and stays', () => {
    const { platform } = makeGuest(firmware, tour(), place('reflect')).machine;
    const [pic, hpet] = [12, 10];
    for (const device of [pic, hpet]) {
      expect(PLACEABLE_DEVICES.includes(device) && platform.placementOf(device) !== 'hypervisor').toBe(false);
      expect(platform.move(device, placementByName('ioemu')!)).toBe(
        'the machine has no such device, or it cannot be moved',
      );
    }
    expect(platform.move(UART, placementByName('pv')!)).toContain('has no state that could move');
    expect(platform.placementOf(UART)).toBe('reflect');
  });

  it('because it owes the guest an answer can move once it has given it', () => {
    const bytes = patternDisk(8);
    const blobDisk = {
      ...{ sectors: 8, readOnly: true, flush: () => 0 as const, write: () => 2 as const },
      read: (sector: number, target: Uint8Array, offset: number, length: number) => {
        target.set(bytes.subarray(sector * 512, sector * 512 + length), offset);
        return 0 as const;
      },
    };
    const blobs = [{ key: 0x20, name: 'opt/blob', bytes: 1000, sector: 0 }];
    const image = assemble([
      { kind: 'out', port: 0x510, width: 2, value: 0x20 },
      { kind: 'ins', port: 0x511, width: 1, count: 700, descending: false, segment: 0x1000 },
    ]);
    const changes = { ...place('ioemu'), blobs, blobDisk };
    const guest = makeGuest(firmware, image, changes);
    const { platform } = guest.machine;
    guest.machine.run(20_000);
    const reflect = placementByName('reflect')!;
    expect(platform.move(FWCFG, reflect)).toContain('the guest waits for an answer of this device');
    expect(platform.move(UART, reflect)).toBeUndefined();
    guest.machine.run(200_000);
    expect(platform.move(FWCFG, reflect)).toBeUndefined();
    const moved = finishGuest(guest).seen;
    const still = makeGuest(firmware, image, changes);
    still.machine.run(20_000);
    still.machine.run(200_000);
    expect(moved).toEqual(finishGuest(still).seen);
  });
});
