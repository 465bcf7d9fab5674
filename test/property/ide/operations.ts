/** Operations that IDE programs are made of, each a verb of a driver or a burst of register noise. */
import fc from 'fast-check';
import { BOTH_CHANNELS, type Step, type Width } from '../../conformance/ide/ide-under-test';
import { type Drive, type IdeMachine, MEMORY_BASE, MEMORY_BYTES } from '../../conformance/ide/machines';
import {
  type AddressForm,
  address,
  busMaster,
  type ChannelNumber,
  command,
  commandBlock,
  controlPort,
  dumpRegisters,
  type Extent,
  endBusMaster,
  packChs,
  packet,
  pointBusMaster,
  type Region,
  read,
  readAlternateStatus,
  readBlock,
  readStatus,
  regionTable,
  settle,
  softwareReset,
  startBusMaster,
  store,
  TO_MEMORY,
  write,
  writeBlock,
  writeControl,
} from '../../conformance/ide/verbs';

/** One operation of a program. Its text is what a counterexample shows. */
export class Operation {
  constructor(
    private readonly text: string,
    readonly steps: readonly Step[],
  ) {}

  toString(): string {
    return this.text;
  }
}

type Operations = fc.Arbitrary<Operation>;

const hex = (value: number): string => value.toString(16).padStart(2, '0');
const place = (channel: ChannelNumber, device: number): string =>
  `${channel === 0 ? 'primary' : 'secondary'}/${device}`;

const channels: fc.Arbitrary<ChannelNumber> = fc.constantFrom(0, 1);
const devices: fc.Arbitrary<0 | 1> = fc.constantFrom(0, 1);
const bytes = fc.integer({ min: 0, max: 0xff });

/** PRD tables live in the first pages of the test window, one page each; buffers after them. */
const TABLE_PAGES = 4;
const BUFFERS = MEMORY_BASE + 0x1_0000;
const BUFFER_BYTES = MEMORY_BYTES - 0x1_0000;
const tables = fc.integer({ min: 0, max: TABLE_PAGES - 1 }).map((page) => MEMORY_BASE + page * 0x1000);

/** Where a drive is: its channel, its device number, and what is known of it. */
interface Target {
  readonly channel: ChannelNumber;
  readonly device: 0 | 1;
  readonly drive: Drive;
}

function targets(machine: IdeMachine, kind: Drive['kind']): Target[] {
  return machine.drives
    .filter((drive) => drive.kind === kind)
    .map((drive) => ({ channel: drive.slot < 2 ? 0 : 1, device: drive.slot & 1 ? 1 : 0, drive }));
}

/** Sector addresses inside, at the edge of and beyond a disk. */
function extents({ drive, device }: Target, counts: fc.Arbitrary<number>): fc.Arbitrary<Extent> {
  if (drive.kind !== 'disk') throw new Error('only disks have extents');
  const { sectors, cylinders, heads, sectorsPerTrack } = drive;
  const chs = fc
    .tuple(
      fc.integer({ min: 0, max: cylinders }),
      fc.integer({ min: 0, max: heads }),
      fc.integer({ min: 1, max: sectorsPerTrack + 1 }),
    )
    .map(([cylinder, head, sector]) => ({ form: 'chs' as AddressForm, sector: packChs(cylinder, head & 15, sector) }));
  const inside = fc.integer({ min: 0, max: sectors - 1 });
  const edge = fc.integer({ min: sectors - 6, max: sectors + 2 });
  const lba = fc.oneof({ weight: 4, arbitrary: inside }, { weight: 2, arbitrary: edge });
  const lba28 = lba.map((sector) => ({ form: 'lba28' as AddressForm, sector }));
  const lba48 = fc
    .oneof({ weight: 6, arbitrary: lba }, { weight: 1, arbitrary: fc.maxSafeNat().map((n) => n % 2 ** 48) })
    .map((sector) => ({ form: 'lba48' as AddressForm, sector }));
  return fc.tuple(fc.oneof(chs, lba28, lba28, lba48), counts).map(([where, count]) => ({ device, ...where, count }));
}

const describe = ({ form, sector, count }: Extent): string => `${form}:${sector.toString(16)} x${count}`;

/** Few sectors at a time, seldom many: a block is 256 accesses. */
const pioCounts = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 17, 33) },
);

/** A wider count than 28-bit commands can have is only reachable by 48-bit ones. */
const dmaCounts = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(0x100, 128, 255, 0x101) },
);

const MAXIMUM_BLOCKS = 4;

interface PioShape {
  readonly extent: Extent;
  readonly multiple: boolean;
  readonly blocks: number;
  readonly sectorsPerBlock: number;
  readonly width: 2 | 4;
  readonly recover: boolean;
}

function pioShapes(target: Target): fc.Arbitrary<PioShape> {
  return fc
    .record({
      extent: extents(target, pioCounts),
      multiple: fc.boolean(),
      assumedMultiple: fc.constantFrom(16, 16, 1, 4),
      short: fc.integer({ min: 0, max: 9 }),
      width: fc.constantFrom(2, 2, 4) as fc.Arbitrary<2 | 4>,
    })
    .map(({ extent, multiple, assumedMultiple, short, width }) => {
      const sectorsPerBlock = multiple ? Math.min(assumedMultiple, extent.count || 256) : 1;
      const wanted = Math.ceil((extent.count || 256) / sectorsPerBlock);
      const blocks = Math.min(wanted, MAXIMUM_BLOCKS) - (short === 0 ? 1 : 0);
      return { extent, multiple, blocks, sectorsPerBlock, width, recover: blocks < wanted };
    });
}

const READ_CODES = {
  single: { chs: 0x20, lba28: 0x20, lba48: 0x24 },
  multiple: { chs: 0xc4, lba28: 0xc4, lba48: 0x29 },
};
const WRITE_CODES = {
  single: { chs: 0x30, lba28: 0x30, lba48: 0x34 },
  multiple: { chs: 0xc5, lba28: 0xc5, lba48: 0x39 },
};
const DMA_CODES = { read: { chs: 0xc8, lba28: 0xc8, lba48: 0x25 }, write: { chs: 0xca, lba28: 0xca, lba48: 0x35 } };

const repeat = (times: number, steps: (index: number) => Step[]): Step[] =>
  Array.from({ length: Math.max(0, times) }, (_, index) => steps(index)).flat();

function pioRead(target: Target): Operations {
  return pioShapes(target).map(({ extent, multiple, blocks, sectorsPerBlock, width, recover }) => {
    const { channel, device } = target;
    const code = READ_CODES[multiple ? 'multiple' : 'single'][extent.form];
    return new Operation(`pioRead ${place(channel, device)} ${hex(code)} ${describe(extent)} blocks=${blocks}`, [
      ...address(channel, extent),
      ...command(channel, code),
      ...repeat(blocks, () => readBlock(channel, sectorsPerBlock * 512, width)),
      ...dumpRegisters(channel),
      ...(recover ? softwareReset(channel) : []),
    ]);
  });
}

function pioWrite(target: Target): Operations {
  return fc.tuple(pioShapes(target), fc.nat(0xffff)).map(([shape, seed]) => {
    const { extent, multiple, blocks, sectorsPerBlock, width, recover } = shape;
    const { channel, device } = target;
    const code = WRITE_CODES[multiple ? 'multiple' : 'single'][extent.form];
    return new Operation(`pioWrite ${place(channel, device)} ${hex(code)} ${describe(extent)} blocks=${blocks}`, [
      ...address(channel, extent),
      ...command(channel, code),
      ...repeat(blocks, (index) => [
        ...writeBlock(channel, sectorsPerBlock * 512, seed + index, width),
        readStatus(channel),
      ]),
      ...dumpRegisters(channel),
      ...(recover ? softwareReset(channel) : []),
    ]);
  });
}

/** Regions for `total` bytes: cut at generated places, then made short, exact or long. */
function regionLists(total: number): fc.Arbitrary<Region[]> {
  return fc
    .record({
      cuts: fc.array(fc.integer({ min: 1, max: 0x4000 }), { maxLength: 6 }),
      start: fc.integer({ min: 0, max: 0x4000 }),
      gap: fc.constantFrom(0, 0, 2, 0x100),
      excess: fc.constantFrom(0, 0, 0, 0, -512, -2, 2, 512, 0x1_0000),
    })
    .map(({ cuts, start, gap, excess }) => {
      const regions: Region[] = [];
      let at = BUFFERS + start * 2;
      let left = Math.max(2, total + excess);
      for (const half of [...cuts, ...Array<number>(16).fill(0x8000)]) {
        const length = Math.min(half * 2, left, 0x1_0000);
        if (length === 0) break;
        regions.push({ address: at, bytes: length & 0xffff });
        at = BUFFERS + ((at - BUFFERS + length + gap) % (BUFFER_BYTES - 0x4_0000));
        left -= length;
      }
      return regions;
    });
}

/**
 * A DMA transfer that runs to its end. After an abandoned one it makes QEMU forget that, which a reset does not (see
 * the deviation `abandoned-dma`).
 */
function freshDma({ channel, device }: Target): Step[] {
  return [
    store(MEMORY_BASE, regionTable([{ address: BUFFERS, bytes: 512 }])),
    ...pointBusMaster(channel, MEMORY_BASE),
    ...address(channel, { device, form: 'lba28', sector: 0, count: 1 }),
    ...command(channel, DMA_CODES.read.lba28),
    ...startBusMaster(channel, TO_MEMORY),
    ...endBusMaster(channel),
  ];
}

function dmaTransfer(target: Target): Operations {
  const { channel, device } = target;
  return extents(target, dmaCounts)
    .chain((extent) => {
      const sectors = (extent.form === 'lba48' ? extent.count : extent.count & 0xff || 256) || 1;
      return fc.record({
        extent: fc.constant(extent),
        regions: regionLists(sectors * 512),
        operation: fc.constantFrom('read', 'write') as fc.Arbitrary<'read' | 'write'>,
        table: tables,
        engineFirst: fc.boolean(),
        abandon: fc.integer({ min: 0, max: 15 }).map((n) => n === 0),
      });
    })
    .map(({ extent, regions, operation, table, engineFirst, abandon }) => {
      const code = DMA_CODES[operation][extent.form];
      const start = startBusMaster(channel, operation === 'read' ? TO_MEMORY : 0);
      const issue = command(channel, code);
      const sizes = regions.map(({ bytes: length }) => length.toString(16)).join('+');
      return new Operation(
        `dma ${operation} ${place(channel, device)} ${hex(code)} ${describe(extent)} prd=${sizes}${engineFirst ? ' engine first' : ''}${abandon ? ' abandoned' : ''}`,
        [
          store(table, regionTable(regions)),
          ...pointBusMaster(channel, table),
          ...address(channel, extent),
          ...(engineFirst ? [...start, ...issue] : [...issue, readAlternateStatus(channel), ...(abandon ? [] : start)]),
          ...endBusMaster(channel),
          ...dumpRegisters(channel),
          ...(abandon ? [...softwareReset(channel), ...freshDma(target)] : []),
        ],
      );
    });
}

/** Commands without data, and those whose only block the guest may leave unread. */
const PLAIN_CODES = [
  0x00, 0x08, 0x10, 0x1f, 0x27, 0x40, 0x42, 0x70, 0x94, 0x95, 0x96, 0x97, 0x98, 0xa1, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5,
  0xe6, 0xe7, 0xea, 0xec, 0xf8,
] as const;

function plainCommand(machine: IdeMachine): Operations {
  const drives = [...targets(machine, 'disk'), ...targets(machine, 'cd-rom')];
  const anyExtent = fc.oneof(...targets(machine, 'disk').map((target) => extents(target, pioCounts)));
  return fc
    .tuple(fc.constantFrom(...drives), fc.constantFrom(...PLAIN_CODES), anyExtent, fc.boolean())
    .map(([{ channel, device }, code, extent, takeData]) => {
      const there = { ...extent, device };
      return new Operation(`command ${place(channel, device)} ${hex(code)} ${describe(there)}`, [
        ...address(channel, there),
        ...command(channel, code),
        ...dumpRegisters(channel),
        ...(takeData ? readBlock(channel, 512) : []),
        settle(),
        ...dumpRegisters(channel),
      ]);
    });
}

function identify(machine: IdeMachine): Operations {
  const drives = [...targets(machine, 'disk'), ...targets(machine, 'cd-rom')];
  return fc.constantFrom(...drives).map(({ channel, device, drive }) => {
    const code = drive.kind === 'disk' ? 0xec : 0xa1;
    return new Operation(`identify ${place(channel, device)}`, [
      write(commandBlock(channel) + 6, 0xa0 | (device << 4)),
      ...command(channel, code),
      ...readBlock(channel, 512),
      ...dumpRegisters(channel),
    ]);
  });
}

const FEATURES = [0x02, 0x82, 0x03, 0x03, 0x03, 0x05, 0x55, 0x66, 0x85, 0xaa, 0xcc, 0x42, 0xc2, 0x01, 0x77] as const;

function setFeatures(machine: IdeMachine): Operations {
  const drives = [...targets(machine, 'disk'), ...targets(machine, 'cd-rom')];
  const counts = fc.constantFrom(0x00, 0x01, 0x08, 0x0c, 0x10, 0x12, 0x20, 0x22, 0x40, 0x42, 0x45, 0x18, 0x80, 0xff);
  return fc.tuple(fc.constantFrom(...drives), fc.constantFrom(...FEATURES), counts).map(([where, feature, count]) => {
    const { channel, device } = where;
    return new Operation(`setFeatures ${place(channel, device)} ${hex(feature)} ${hex(count)}`, [
      write(commandBlock(channel) + 6, 0xa0 | (device << 4)),
      write(commandBlock(channel) + 1, feature),
      write(commandBlock(channel) + 2, count),
      ...command(channel, 0xef),
      ...dumpRegisters(channel),
    ]);
  });
}

/** SET MULTIPLE MODE and INITIALIZE DEVICE PARAMETERS; a count of 0 in the latter would end QEMU. */
function configure({ channel, device }: Target): Operations {
  const multiple = fc.tuple(fc.constant(0xc6), fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 32, 255), fc.constant(0));
  const geometry = fc.tuple(fc.constant(0x91), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 15 }));
  return fc.oneof({ weight: 3, arbitrary: multiple }, { weight: 1, arbitrary: geometry }).map(([code, count, head]) => {
    return new Operation(`configure ${place(channel, device)} ${hex(code)} count=${count} head=${head}`, [
      write(commandBlock(channel) + 6, 0xa0 | (device << 4) | head),
      write(commandBlock(channel) + 2, count),
      ...command(channel, code),
      ...dumpRegisters(channel),
    ]);
  });
}

const SMART_SUBCOMMANDS = [0xd0, 0xd1, 0xd2, 0xd4, 0xd5, 0xd8, 0xd9, 0xda, 0xdb] as const;

function smart({ channel, device }: Target): Operations {
  const key = fc.constantFrom(0xc24f, 0xc24f, 0xc24f, 0xc24f, 0x4fc2);
  const selectors = fc.constantFrom(0x00, 0x01, 0x02, 0x06, 0xf1, 0x7f);
  return fc
    .tuple(fc.constantFrom(...SMART_SUBCOMMANDS), key, selectors, selectors)
    .map(([feature, keyValue, count, low]) => {
      const base = commandBlock(channel);
      const reads = feature === 0xd0 || feature === 0xd1 || feature === 0xd5;
      return new Operation(
        `smart ${place(channel, device)} ${hex(feature)} key=${hex(keyValue)} ${hex(count)} ${hex(low)}`,
        [
          write(base + 6, 0xa0 | (device << 4)),
          write(base + 1, feature),
          write(base + 2, count),
          write(base + 3, low),
          write(base + 4, keyValue & 0xff),
          write(base + 5, keyValue >> 8),
          ...command(channel, 0xb0),
          ...(reads ? readBlock(channel, 512) : []),
          ...dumpRegisters(channel),
        ],
      );
    });
}

const softReset: Operations = fc
  .tuple(channels, fc.constantFrom(0, 0, 2))
  .map(
    ([channel, other]) =>
      new Operation(`softwareReset ${channel}${other ? ' nIEN' : ''}`, [
        ...softwareReset(channel, other),
        readStatus(channel),
        ...dumpRegisters(channel),
      ]),
  );

const deviceControl: Operations = fc
  .tuple(channels, fc.constantFrom(0x00, 0x02, 0x80, 0x82, 0x08))
  .map(
    ([channel, value]) =>
      new Operation(`deviceControl ${channel} ${hex(value)}`, [
        writeControl(channel, value),
        ...dumpRegisters(channel),
      ]),
  );

/** Single accesses of any width to any IDE port, except commands, SRST and the data of a packet. */
function registerNoise(): Operations {
  const port = fc.tuple(channels, fc.integer({ min: 0, max: 9 })).map(([channel, offset]) => {
    return offset < 8 ? commandBlock(channel) + offset : controlPort(channel);
  });
  const widths = fc.constantFrom(1, 1, 1, 2, 4) as fc.Arbitrary<Width>;
  const reading = fc.tuple(port, widths).map(([at, width]) => read(at, width));
  const registers = fc.tuple(channels, fc.integer({ min: 1, max: 6 }), bytes);
  const writing = registers.map(([channel, offset, value]) => write(commandBlock(channel) + offset, value));
  const pair = fc.tuple(channels, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 0xffff }));
  const writingPair = pair.map(([channel, offset, value]) => write(commandBlock(channel) + offset, value, 2));
  const data = fc
    .tuple(channels, fc.constantFrom(1, 2, 4) as fc.Arbitrary<Width>, fc.nat(0xff))
    .map(([channel, width, value]) => write(commandBlock(channel), value, width));
  const one = fc.oneof(
    { weight: 5, arbitrary: reading },
    { weight: 4, arbitrary: writing },
    { weight: 1, arbitrary: writingPair },
    { weight: 1, arbitrary: data },
  );
  return fc.array(one, { minLength: 1, maxLength: 8 }).map((steps) => noise('noise', steps));
}

function noise(name: string, steps: readonly Step[]): Operation {
  const show = (step: Step): string => {
    if (step.kind === 'in') return `in${step.width} ${hex(step.port)}`;
    return step.kind === 'out' ? `out${step.width} ${hex(step.port)}=${hex(step.value)}` : step.kind;
  };
  return new Operation(`${name} ${steps.map(show).join(' ')}`, [...steps, settle()]);
}

/**
 * INITIALIZE DEVICE PARAMETERS with count 0 kills QEMU. DMA, PACKET, SET FEATURES and SMART have operations of their
 * own, and DATA SET MANAGEMENT (06h) is younger than our disks.
 */
const UNSAFE_CODES: ReadonlySet<number> = new Set([
  0x06, 0x25, 0x35, 0x90, 0x91, 0xa0, 0xb0, 0xc8, 0xc9, 0xca, 0xcb, 0xef,
]);

/** Any command code but those that could end QEMU or need packets; with whatever is in the task file. */
const commandNoise: Operations = fc
  .tuple(channels, devices, bytes)
  .filter(([, , code]) => !UNSAFE_CODES.has(code))
  .map(
    ([channel, device, code]) =>
      new Operation(`any command ${place(channel, device)} ${hex(code)}`, [
        write(commandBlock(channel) + 6, 0xa0 | (device << 4)),
        ...command(channel, code),
        ...dumpRegisters(channel),
        settle(),
      ]),
  );

function busMasterNoise(): Operations {
  const widths = fc.constantFrom(1, 1, 1, 2, 4) as fc.Arbitrary<Width>;
  const offsets = fc.integer({ min: 0, max: 7 });
  const reading = fc
    .tuple(channels, offsets, widths)
    .map(([channel, at, width]) => read(busMaster(channel) + at, width));
  const status = fc.tuple(channels, bytes).map(([channel, value]) => write(busMaster(channel) + 2, value));
  const start = fc.tuple(channels, fc.constantFrom(0, 1, 8, 9, 0xff, 0xfe)).map(([channel, value]) => {
    return write(busMaster(channel), value);
  });
  const pointer = fc
    .tuple(channels, tables, fc.nat(3))
    .map(([channel, at, low]) => write(busMaster(channel) + 4, at + low, 4));
  const one = fc.oneof(
    { weight: 4, arbitrary: reading },
    { weight: 2, arbitrary: status },
    { weight: 2, arbitrary: start },
    { weight: 1, arbitrary: pointer },
  );
  return fc.array(one, { minLength: 1, maxLength: 6 }).map((steps) =>
    noise(
      'bus master',
      steps.flatMap((step) => [step, settle(BOTH_CHANNELS)]),
    ),
  );
}

const idle: Operations = fc
  .constantFrom(1_000, 1_000_000, 50_000_000)
  .map((ns) => new Operation(`advance ${ns}`, [{ kind: 'advance', ns }]));

/** ATAPI command blocks that fit an empty drive as well as a full one. */
function packetCommands(target: Target): Operations {
  const { channel, device, drive } = target;
  const lba = fc.integer({ min: 0, max: drive.sectors + 2 });
  // An odd number of bytes leaves QEMU stuck: see the deviation `packet-odd-length`.
  const length = fc.constantFrom(0, 2, 8, 18, 36, 252, 255);
  const blocks = fc.integer({ min: 0, max: 4 });
  const big = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  const cdb = fc.oneof(
    fc.constantFrom([0x00], [0x1b, 0, 0, 0, 1], [0x25], [0x1e, 0, 0, 0, 0], [0x2b], [0xff], [0x5b], [0x08]),
    length.map((n) => [0x03, 0, 0, 0, n]),
    length.map((n) => [0x12, 0, 0, 0, n]),
    fc.tuple(lba, blocks).map(([at, n]) => [0x28, 0, ...big(at), 0, 0, n]),
    fc.tuple(lba, blocks).map(([at, n]) => [0xa8, 0, ...big(at), 0, 0, 0, n]),
    // The format is given where both old and new drives look for it: see the deviation `toc-format`.
    fc
      .tuple(fc.constantFrom(0, 2), fc.constantFrom(0, 1, 0xaa, 2), fc.constantFrom(0, 0, 0x40, 0x80, 0xc0), length)
      .map(([msf, track, control, n]) => [0x43, msf, 0, 0, 0, 0, track, 0, n, control]),
    fc
      .tuple(fc.constantFrom(0x01, 0x2a, 0x3f), fc.constantFrom(0, 0x40, 0x80, 0xc0), length)
      .map(([page, control, n]) => [0x5a, 0, page | control, 0, 0, 0, 0, 0, n]),
    fc
      .tuple(fc.constantFrom(0, 2), fc.constantFrom(0, 1, 3, 0x10), length)
      .map(([rt, feature, n]) => [0x46, rt, 0, feature, 0, 0, 0, 0, n]),
    fc
      .tuple(fc.constantFrom(0, 1), fc.constantFrom(0x10, 0x00, 0xff), length)
      .map(([polled, classes, n]) => [0x4a, polled, 0, 0, classes, 0, 0, 0, n]),
  );
  const limits = fc.constantFrom(0xfffe, 2048, 5120, 512, 36, 7, 0, 0xffff);
  return fc.tuple(cdb, limits, fc.boolean(), tables, fc.nat(4)).chain(([block, limit, dma, table, chunks]) => {
    return regionLists(packetBytes(block)).map((regions) => {
      const text = `packet ${place(channel, device)} ${block.map(hex).join(' ')} limit=${limit}${dma ? ' dma' : ''}`;
      const before = dma ? [store(table, regionTable(regions)), ...pointBusMaster(channel, table)] : [];
      const body = packet(channel, { device, bytes: block, limit, dma });
      const data = dma
        ? [...startBusMaster(channel, TO_MEMORY), ...endBusMaster(channel)]
        : repeat(chunks + 1, () => packetBlock(channel, limit));
      return new Operation(text, [
        ...before,
        ...body,
        ...dumpRegisters(channel),
        ...data,
        ...dumpRegisters(channel),
        ...requestSense(channel, device),
      ]);
    });
  });
}

/** A guess at how much data a command block asks for: reads ask for sectors, the others for what their length says. */
function packetBytes(block: readonly number[]): number {
  if (block[0] === 0x28) return (block[8] ?? 0) * 2048;
  if (block[0] === 0xa8) return (block[9] ?? 0) * 2048;
  return 36;
}

function packetBlock(channel: ChannelNumber, limit: number): Step[] {
  const base = commandBlock(channel);
  const words = Math.min(limit || 36, 2048) >> 1;
  return [
    readStatus(channel),
    ...[2, 4, 5].map((offset) => read(base + offset)),
    { kind: 'ins', port: base, width: 2, count: words },
    settle(),
  ];
}

/** REQUEST SENSE in full, as a driver does after an error; then a reset, in case that data was left over. */
function requestSense(channel: ChannelNumber, device: 0 | 1): Step[] {
  return [
    ...packet(channel, { device, bytes: [0x03, 0, 0, 0, 18], limit: 0xfffe, dma: false }),
    ...packetBlock(channel, 18),
    ...dumpRegisters(channel),
    ...softwareReset(channel),
  ];
}

export interface OperationOptions {
  /** Without it no PACKET commands are made. */
  readonly packets: boolean;
}

/** All operations that make sense on a machine, the common ones more often. */
export function operations(machine: IdeMachine, { packets }: OperationOptions): Operations {
  const disks = targets(machine, 'disk');
  const perDisk = (make: (target: Target) => Operations): Operations => fc.oneof(...disks.map(make));
  const optical = packets ? targets(machine, 'cd-rom') : [];
  return fc.oneof(
    { weight: 6, arbitrary: perDisk(pioRead) },
    { weight: 6, arbitrary: perDisk(pioWrite) },
    { weight: 6, arbitrary: perDisk(dmaTransfer) },
    { weight: 4, arbitrary: plainCommand(machine) },
    { weight: 1, arbitrary: identify(machine) },
    { weight: 1, arbitrary: setFeatures(machine) },
    { weight: 2, arbitrary: perDisk(configure) },
    { weight: 1, arbitrary: perDisk(smart) },
    { weight: 2, arbitrary: softReset },
    { weight: 2, arbitrary: deviceControl },
    { weight: 4, arbitrary: registerNoise() },
    { weight: 2, arbitrary: commandNoise },
    { weight: 3, arbitrary: busMasterNoise() },
    { weight: 1, arbitrary: idle },
    ...optical.map((target) => ({ weight: 8, arbitrary: packetCommands(target) })),
  );
}
