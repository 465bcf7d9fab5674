import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, PCI_DEVICES, placementByName } from '../../../hypervisor/config';
import type { Machine } from '../../../hypervisor/machine';
import { firmwareModule } from '../../helpers/firmware-device';
import { finishGuest, type Guest, type GuestRun, makeGuest, patternDisk } from './guest-run';
import { assemble, program } from './programs';

const NAMES = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu+posted', 'stubdom', 'forward+paged', 'kvm-user'];
const PAGE = 4096;
const REGISTERS = 20;
const [IDE, FWCFG] = [2, 7];
const PORT = 0;
const BUS_MASTER_BASE = 0xc000;
/** Virtual ns in which most generated programs do what they do. */
const LATEST = 3_000_000;
const REGION = 0x3ff00000;

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await firmwareModule();
});

const at = (name: string) => ({ placements: allPlaced(placementByName(name)!) });

/** Everything that there is of a machine, as it is now, part by part so that a difference has a name. */
function whole(machine: Machine): Record<string, string> {
  const { platform, vcpu } = machine;
  const registers = new Int32Array(REGISTERS);
  vcpu.saveRegisters(registers, 0, REGISTERS);
  const { parts: states, ...rest } = platform.save();
  const parts: Record<string, string> = { registers: registers.join() };
  for (const [name, state] of Object.entries({ ...rest, ...states })) parts[name] = JSON.stringify(state);
  const { bytes } = platform.memory;
  for (let page = REGION; page < bytes.length; page += PAGE) {
    parts[page.toString(16)] = Buffer.from(bytes.slice(page, page + PAGE))
      .toString('base64')
      .replace(/A{20,}/g, '..');
  }
  return parts;
}

interface Ended extends GuestRun {
  whole: Record<string, string>;
}

function finish(guest: Guest): Ended {
  const run = finishGuest(guest);
  return { ...run, whole: whole(run.machine) };
}

type Make = (contents?: Uint8Array) => Guest;

/** Run until `instant` (ns), and then to the end. */
function straight(make: Make, instant: number): Ended {
  const guest = make();
  guest.machine.run(instant);
  return finish(guest);
}

/** Run until `instant` (ns), save, take another machine, restore, and run to the end. */
function interrupted(make: Make, instant: number): Ended {
  const guest = make();
  guest.machine.run(instant);
  const bytes = guest.machine.save();
  const other = make(guest.disk.bytes);
  // What another guest has left behind must not shine through.
  other.machine.run(20_000);
  other.machine.restore(bytes);
  other.sent.splice(0, other.sent.length, ...guest.sent);
  return finish(other);
}

/** Virtual ns after which a guest has ended. */
function duration(make: Make): number {
  return finish(make()).machine.platform.clock.now;
}

describe('a restored machine', () => {
  it('continues exactly as the original, from any instruction, under every placement', () => {
    const parts = fc.record({
      operations: program,
      typed: fc.uint8Array({ maxLength: 30 }),
      name: fc.constantFrom(...NAMES),
      instant: fc.nat(LATEST),
    });
    let inTheMiddle = 0;
    fc.assert(
      fc.property(parts, ({ operations, typed, name, instant }) => {
        const image = assemble(operations);
        const make = (contents?: Uint8Array) => {
          const guest = makeGuest(firmware, image, at(name), contents);
          guest.machine.platform.input(0, typed);
          return guest;
        };
        const restored = interrupted(make, instant);
        const expected = straight(make, instant);
        expect(restored.seen).toEqual(expected.seen);
        expect(restored.whole).toEqual(expected.whole);
        if (instant < expected.machine.platform.clock.now) inTheMiddle++;
      }),
      { numRuns: 20, seed: 2007 },
    );
    expect(inTheMiddle).toBeGreaterThan(10);
  });

  it.each(['reflect+shadow', 'ioemu+posted', 'forward+paged'])(
    'continues the tour from many instants under %s',
    (name) => {
      const tour = loadProgram('tour');
      const make = (contents?: Uint8Array) => makeGuest(firmware, tour, at(name), contents);
      const end = duration(make);
      for (const fraction of [0.12, 0.58]) {
        const instant = Math.floor(fraction * end);
        const restored = interrupted(make, instant);
        const expected = straight(make, instant);
        expect(restored.seen).toEqual(expected.seen);
        expect(restored.whole).toEqual(expected.whole);
        expect(restored.console).toContain('failures: 0');
      }
    },
  );

  it('can be restored again and again, also into the machine that was saved', () => {
    const guest = makeGuest(firmware, loadProgram('tour'), at('reflect'));
    guest.machine.run(1_000_000);
    const bytes = guest.machine.save();
    const disk = guest.disk.bytes.slice();
    const sent = [...guest.sent];
    const runs = [1, 2, 3].map(() => {
      guest.machine.restore(bytes);
      guest.disk.bytes.set(disk);
      guest.sent.splice(0, Number.POSITIVE_INFINITY, ...sent);
      return finish(guest).seen;
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(runs[0]!.console).toContain('failures: 0');
  });

  it('waits on for an answer that was deferred when it was saved', () => {
    const disk = patternDisk(8);
    const blobDisk = {
      sectors: 8,
      readOnly: true,
      flush: () => 0 as const,
      write: () => 2 as const,
      read: reader(disk),
    };
    const blobs = [{ key: 0x20, name: 'opt/blob', bytes: 1000, sector: 0 }];
    // Select the file, and read two of its bytes, which are on the blob disk.
    const image = assemble([
      { kind: 'out', port: 0x510, width: 2, value: 0x20 },
      { kind: 'in', port: 0x511, width: 1 },
      { kind: 'ins', port: 0x511, width: 1, count: 700, descending: false, segment: 0x1000 },
    ]);
    for (const name of ['reflect', 'ioemu', 'forward']) {
      const make = (contents?: Uint8Array) => makeGuest(firmware, image, { ...at(name), blobs, blobDisk }, contents);
      const end = duration(make);
      let waiting = 0;
      for (let step = 1; step < 8; step++) {
        const instant = Math.floor((step / 8) * end);
        const guest = make();
        guest.machine.run(instant);
        if (guest.machine.platform.save().waitedFor === FWCFG) waiting++;
        expect(interrupted(make, instant).whole).toEqual(straight(make, instant).whole);
      }
      expect(waiting).toBeGreaterThan(2);
    }
  });
});

function reader(disk: Uint8Array) {
  return (sector: number, target: Uint8Array, offset: number, bytes: number) => {
    target.set(disk.subarray(sector * 512, sector * 512 + bytes), offset);
    return 0 as const;
  };
}

describe('a part that a snapshot forgets', () => {
  it.each(['clock', 'deadlines', 'pic', 'trace', 'counters', 'domain0'] as const)('is missed: %s', (part) => {
    const make = (contents?: Uint8Array) => makeGuest(firmware, loadProgram('tour'), at('reflect'), contents);
    const instant = 14_000_000;
    const forgetful = (contents?: Uint8Array) => {
      const guest = make(contents);
      // biome-ignore lint/complexity/useLiteralKeys: a private member
      Object.assign(guest.machine.platform['parts'][part]!, { restore: () => {} });
      return guest;
    };
    expect(interrupted(forgetful, instant).whole).not.toEqual(interrupted(make, instant).whole);
  });
});

it('a restored machine finds ports where the guest has put them by PCI', () => {
  const make = () => makeGuest(firmware, loadProgram('tour'), { ...at('reflect'), devices: PCI_DEVICES }).machine;
  const machine = make();
  const { platform } = machine;
  const configure = (register: number, value: number) => {
    platform.write(PORT, 0xcf8, 4, 0x8000_0900 | register);
    platform.write(PORT, 0xcfc, 4, value);
  };
  configure(0x20, BUS_MASTER_BASE | 1);
  configure(0x04, 5);
  expect(platform.intercepts.ports[BUS_MASTER_BASE]).toBe(IDE);
  const bytes = machine.save();
  const other = make();
  expect(other.platform.intercepts.ports[BUS_MASTER_BASE]).toBe(0);
  other.restore(bytes);
  expect(other.platform.intercepts.ports[BUS_MASTER_BASE]).toBe(IDE);
  expect(other.platform.intercepts.ports[BUS_MASTER_BASE + 16]).toBe(0);
});

describe('a snapshot that does not fit', () => {
  const make = (changes = {}) => makeGuest(firmware, loadProgram('tour'), { ...at('reflect'), ...changes });

  it('is refused, and the machine goes on as before', () => {
    const { machine } = make();
    machine.run(200_000);
    const bytes = machine.save();
    const before = machine.save();
    const damaged = bytes.slice();
    damaged[damaged.length >> 1]! ^= 1;
    const wrong: [Uint8Array, string][] = [
      [new Uint8Array(0), 'this is no snapshot of a machine'],
      [new Uint8Array(5000), 'this is no snapshot of a machine'],
      [bytes.subarray(0, 5000), 'this snapshot is damaged or was cut off; take a new one'],
      [bytes.subarray(0, bytes.length - 1), 'this snapshot is damaged or was cut off; take a new one'],
      [damaged, 'this snapshot is damaged or was cut off; take a new one'],
    ];
    for (const [given, message] of wrong) {
      expect(() => machine.restore(given)).toThrow(expect.objectContaining({ name: 'SnapshotError', message }));
    }
    expect(Buffer.compare(machine.save(), before)).toBe(0);
  });

  it('because it is of other hardware is refused', () => {
    const bytes = make().machine.save();
    const { machine } = make({ drives: [] });
    expect(() => machine.restore(bytes)).toThrow('a machine with other hardware: memory, drives or serial lines');
  });

  it('is never made of a machine with an emulator of another make', () => {
    const emulator = { devices: 0, create: () => ({ ...IDLE }) };
    const { machine } = make({ emulator });
    expect(() => machine.save()).toThrow('an emulator of another make keeps its state to itself');
    expect(() => machine.restore(new Uint8Array(0))).toThrow('an emulator of another make keeps its state to itself');
  });
});

const IDLE = { read: () => 0, write: () => {}, nextDeadline: () => undefined, advanceTo: () => {}, reset: () => {} };
