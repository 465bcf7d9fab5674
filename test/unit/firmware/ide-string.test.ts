import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VmExit } from '../../../hypervisor/abi/vcpu';
import { DATA, firstDifference, IdeDriver, PCI_DEVICES, patternDisk, READY } from './ide-driver';

// Re-declared from hypervisor/abi.
const PORT_READ = 1;
const PORT_WRITE = 2;
const FRAME_INTERRUPT = 0x3ff02040;
const BUFFER = 0x40000;
const BUFFER_BYTES = 0x40000;

type Width = 1 | 2 | 4;

interface StringAccess {
  read: boolean;
  width: Width;
  runs: [number, number][];
  descending: boolean;
  /** Elements less than the runs hold. */
  short: number;
}

type Transfer = (ide: IdeDriver, access: StringAccess) => number;

function countOf({ runs, short }: StringAccess): number {
  return Math.max(
    1,
    runs.reduce((sum, [, elements]) => sum + elements, -short),
  );
}

/** Re-executed until all is done or an interrupt comes in between. */
function inBulk(ide: IdeDriver, access: StringAccess): number {
  const count = countOf(access);
  for (let done = 0; ; ) {
    done += inOneExit(ide, access, done);
    if (done === count || wasInterrupted(ide)) return done;
  }
}

/** The last entry has made an interrupt deliverable. */
function wasInterrupted({ device: { platform, memory } }: IdeDriver): boolean {
  const stopped = new DataView(memory.buffer).getUint32(FRAME_INTERRUPT, true) !== 0;
  return stopped && platform.pic.asserted && platform.processor.interruptible;
}

/** The runs without their first elements. */
function behind({ runs, descending }: StringAccess, elements: number, width: number): [number, number][] {
  let skipped = elements;
  return runs.flatMap(([address, length]): [number, number][] => {
    const gone = Math.min(skipped, length);
    skipped -= gone;
    return gone === length ? [] : [[descending ? address : address + gone * width, length - gone]];
  });
}

/** One exit with a count, of which `before` elements are done. */
function inOneExit(ide: IdeDriver, access: StringAccess, before = 0): number {
  const { read, width, descending } = access;
  const count = countOf(access) - before;
  const runs = behind(access, before, width);
  const exit: VmExit = {
    reason: read ? PORT_READ : PORT_WRITE,
    address: 0x1f0,
    width,
    value: 0,
    string: true,
    count,
    runs: Uint32Array.from(runs.flatMap(([address, elements]) => [address, elements * width])),
    runCount: runs.length,
    descending,
  };
  return ide.device.platform.string(exit, count);
}

/** What the instruction set says that REP INS and REP OUTS do. */
function byElements(ide: IdeDriver, access: StringAccess): number {
  const { read, width, runs, descending } = access;
  const { memory } = ide.device;
  const count = countOf(access);
  let done = 0;
  for (const [start, elements] of runs) {
    for (let index = 0; index < elements && done < count; index++) {
      const address = start + width * (descending ? elements - 1 - index : index);
      if (read) {
        const value = ide.device.read(0x1f0, width);
        for (let byte = 0; byte < width; byte++) memory[address + byte] = value >>> (byte * 8);
      } else {
        let value = 0;
        for (let byte = 0; byte < width; byte++) value += memory[address + byte]! * 2 ** (byte * 8);
        ide.device.write(0x1f0, value, width);
      }
      done++;
      if (wasInterrupted(ide)) return done;
    }
  }
  return done;
}

const PIC = [
  ...[
    [0x20, 0x11],
    [0x21, 0x08],
    [0x21, 0x04],
    [0x21, 0x01],
    [0x21, 0xfb],
  ],
  ...[
    [0xa0, 0x11],
    [0xa1, 0x70],
    [0xa1, 0x02],
    [0xa1, 0x01],
    [0xa1, 0xbf],
  ],
] as const;

async function machine(interruptible: boolean): Promise<IdeDriver> {
  const drives = [
    { disk: patternDisk(600), cdrom: false },
    { disk: patternDisk(400, true), cdrom: true },
  ];
  const ide = await IdeDriver.create({ drives, devices: PCI_DEVICES });
  ide.device.platform.processor = { interruptible, setAddressLine20() {} };
  for (const [port, value] of PIC) ide.device.write(port, value);
  for (let at = 0; at < BUFFER_BYTES; at++) ide.device.memory[BUFFER + at] = Math.imul(at, 0x9e3779b1) >>> 24;
  return ide;
}

/** Commands that open a data transfer. */
const commands = {
  identify: (ide: IdeDriver) => ide.command(0xec),
  readSectors: (ide: IdeDriver) => {
    ide.address28(3, 200);
    ide.command(0x20);
  },
  readMultiple: (ide: IdeDriver) => {
    ide.address28(580, 40);
    ide.command(0xc4);
  },
  writeSectors: (ide: IdeDriver) => {
    ide.address28(3, 4);
    ide.command(0x30);
  },
  writeMultiple: (ide: IdeDriver) => {
    ide.address28(3, 40);
    ide.command(0xc5);
  },
  readDisc: (ide: IdeDriver) => packet(ide, [0x28, 0, 0, 0, 0, 1, 0, 0, 20], 1234),
  inquire: (ide: IdeDriver) => packet(ide, [0x12, 0, 0, 0, 35], 14),
  sendPacket: (ide: IdeDriver) => packet(ide, [], 100),
  nothing: () => {},
} as const;
type CommandName = keyof typeof commands;

function packet(ide: IdeDriver, bytes: readonly number[], limit: number): void {
  ide.selectDevice(1);
  ide.set(1, 0);
  ide.set(4, limit & 0xff);
  ide.set(5, limit >> 8);
  ide.command(0xa0);
  if (bytes.length > 0) ide.writeWords(Uint8Array.from({ length: 12 }, (_, index) => bytes[index] ?? 0));
}

interface Scenario {
  command: CommandName;
  interruptible: boolean;
  accesses: StringAccess[];
}

/** Everything that a guest can see of a scenario. */
async function observe(scenario: Scenario, transfer: Transfer): Promise<{ seen: number[]; memory: Uint8Array }> {
  const ide = await machine(scenario.interruptible);
  commands[scenario.command](ide);
  ide.device.read(0x1f7, 1); // takes back the interrupt that began it
  const seen: number[] = [];
  for (const access of scenario.accesses) {
    const rises = ide.device.edges.length;
    seen.push(transfer(ide, access), ide.alternateStatus, ide.irq, ide.device.edges.length - rises);
    ide.settle();
    seen.push(ide.status, ide.error, ...[2, 3, 4, 5, 6].map((offset) => ide.register(offset)));
  }
  return { seen, memory: ide.device.memory.slice(BUFFER, BUFFER + BUFFER_BYTES) };
}

const run = fc.tuple(
  fc.integer({ min: 0, max: 0x7000 }),
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 })),
);
const access = fc.record({
  read: fc.boolean(),
  width: fc.constantFrom<Width>(1, 2, 4),
  descending: fc.boolean(),
  short: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 600 })),
  runs: fc
    .array(run, { minLength: 1, maxLength: 4 })
    .map((runs) => runs.map(([at, n], index): [number, number] => [BUFFER + index * 0x10000 + at, n])),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  command: fc.constantFrom(...(Object.keys(commands) as CommandName[])),
  interruptible: fc.boolean(),
  accesses: fc.array(access, { minLength: 1, maxLength: 3 }),
});

describe('string I/O of the data port', () => {
  it('in bulk is what it is element by element', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (program) => {
        const bulk = await observe(program, inBulk);
        const single = await observe(program, byElements);
        expect(bulk.seen).toEqual(single.seen);
        expect(firstDifference(bulk.memory, single.memory)).toBe(-1);
      }),
      { numRuns: 60, seed: 20071101 },
    );
  }, 60_000);

  it('stops between blocks for an interrupt that the guest can take', async () => {
    const ide = await machine(true);
    commands.readSectors(ide);
    expect(ide.status).toBe(DATA);
    const runs: [number, number][] = [[BUFFER, 1024]];
    expect(inOneExit(ide, { read: true, width: 2, runs, descending: false, short: 0 })).toBe(256);
  });

  it('carries a whole buffer in one exit when interrupts are off', async () => {
    const ide = await machine(false);
    commands.readSectors(ide);
    expect(ide.status).toBe(DATA);
    const runs: [number, number][] = [[BUFFER, 128 * 256]];
    expect(inOneExit(ide, { read: true, width: 2, runs, descending: false, short: 0 })).toBe(128 * 256);
    ide.settle();
    inBulk(ide, { read: true, width: 4, runs: [[BUFFER + 65536, 72 * 128]], descending: false, short: 0 });
    expect(ide.status).toBe(READY);
    const expected = patternDisk(600).bytes.slice(3 * 512, 203 * 512);
    expect(firstDifference(ide.device.memory.slice(BUFFER, BUFFER + 200 * 512), expected)).toBe(-1);
  });
});
