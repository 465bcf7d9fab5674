import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';

/** A string instruction of a generated program, with what it finds; the table of string-guest.asm in words. */
export interface Step {
  /** EDI and ESI. */
  index: number;
  count: number;
  /** EFLAGS before it. */
  flags: number;
  /** Descriptor of ES and FS; in real mode the segment. */
  segment: bigint;
  port: number;
  /** fw_cfg item to select; FILE_ITEM for the file, NO_ITEM to go on with the present one. */
  item: number;
  /** Reload value of the 8254's channel 0, which then interrupts periodically; 0 leaves it alone. */
  timer: number;
  /** Sectors that a disk command is given before; 0 for none. */
  sectors: number;
  command: number;
  /** Linear address of the instruction. */
  place: number;
  code: readonly number[];
}

/** What the guest is to do, and the page table entries that it finds. */
export interface Program {
  mode: Mode;
  steps: readonly Step[];
  /** Page number and entry; all other pages are mapped to themselves. */
  pages: readonly (readonly [number, number])[];
}

export const Mode = { REAL: 0, FLAT: 1, PAGED: 2 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

export const FILE_NAME = 'opt/string-io';
export const FILE_ITEM = 0xfffe;
export const NO_ITEM = 0xffff;
const TF = 0x100;
const IF = 0x200;
const DF = 0x400;
const REP = 0xf3;
const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const FS = 0x64;
const INS = 0x6c;
const OUTS = 0x6e;
const READ_SECTORS = 0x20;
const WRITE_SECTORS = 0x30;
const DISK_DATA = 0x1f0;
const FW_CFG_DATA = 0x511;
const DEBUG_CONSOLE = 0x402;
const INSTRUCTION_PAGE = 0x6000;
export const PLACE = INSTRUCTION_PAGE + 0x40;

const TABLE = 0x8000;
const STEPS = TABLE + 0x200;
const STEP_BYTES = 48;
const image = readFileSync(new URL('string-guest.bin', import.meta.url));

/** The guest with its table filled in. @param tell end of the memory that it sums up on the debug console, 0 for none */
export function stringGuest({ mode, steps, pages }: Program, tell = 0): Uint8Array {
  const bytes = new Uint8Array(image);
  const view = new DataView(bytes.buffer);
  [mode, steps.length, tell, pages.length, ...pages.flat()].forEach((word, at) => {
    view.setUint32(TABLE + 4 * at, word, true);
  });
  steps.forEach((step, number) => {
    const at = STEPS + number * STEP_BYTES;
    view.setUint32(at, step.index, true);
    view.setUint32(at + 4, step.count, true);
    view.setUint32(at + 8, step.flags | 2, true);
    view.setBigUint64(at + 12, step.segment, true);
    view.setUint16(at + 20, step.port, true);
    view.setUint16(at + 22, step.item, true);
    view.setUint32(at + 24, step.place, true);
    bytes.set([step.timer, step.sectors, step.code.length, step.command, ...step.code], at + 28);
  });
  return bytes;
}

/** Data segment descriptor ([SDM] vol. 3, 3.4.5). @param limit in bytes; a multiple of 4 KiB less one above 1 MiB */
export function dataSegment(base: number, limit: number, down = false): bigint {
  const pages = limit > 0xfffff;
  const units = BigInt(pages ? Math.floor(limit / 0x1000) : limit);
  const [low, high] = [BigInt(base & 0xff_ffff), BigInt(base >>> 24)];
  const attributes = (down ? 0x97n : 0x93n) | 0x4000n | (pages ? 0x8000n : 0n);
  return (units & 0xffffn) | (low << 16n) | (attributes << 40n) | ((units >> 16n) << 48n) | (high << 56n);
}

export const FLAT = dataSegment(0, 0xffff_ffff);
const BASED = dataSegment(0x30000, 0xffff_ffff);

export interface Form {
  read: boolean;
  width: 1 | 2 | 4;
  /** The address size that is not the mode's own. */
  otherAddress: boolean;
  repeat: boolean;
  mode: Mode;
}

/** INS or OUTS; OUTS takes its segment from FS. */
export function stringCode({ read, width, otherAddress, repeat, mode }: Form): number[] {
  const other = mode === Mode.REAL ? 4 : 2;
  return [
    ...(otherAddress ? [ADDRESS_SIZE] : []),
    ...(width === other ? [OPERAND_SIZE] : []),
    ...(read ? [] : [FS]),
    ...(repeat ? [REP] : []),
    (read ? INS : OUTS) | (width === 1 ? 0 : 1),
  ];
}

interface Port {
  weight: number;
  port: number;
  /** What makes sense of it. */
  reads: boolean;
  writes: boolean;
  widths?: readonly (1 | 2 | 4)[];
}

/** What can be at the other end. */
const PORTS: readonly Port[] = [
  { weight: 6, port: FW_CFG_DATA, reads: true, writes: false },
  { weight: 3, port: DEBUG_CONSOLE, reads: true, writes: true },
  { weight: 4, port: DISK_DATA, reads: true, writes: true },
  { weight: 1, port: 0x40, reads: true, writes: false }, // the 8254's counter: another value at each time
  { weight: 1, port: 0x3f8, reads: true, writes: true },
  { weight: 1, port: 0x21, reads: true, writes: false }, // the interrupt controller, which the hypervisor has
  { weight: 1, port: 0x1234, reads: true, writes: true }, // nobody
];

/** Where QEMU answers as we do, whatever the time: its fw_cfg and its debug console know bytes only. */
const SIMPLE_PORTS: readonly Port[] = [
  { weight: 3, port: FW_CFG_DATA, reads: true, writes: false, widths: [1] },
  { weight: 1, port: DEBUG_CONSOLE, reads: false, writes: true, widths: [1] },
  { weight: 3, port: DISK_DATA, reads: true, writes: false, widths: [2, 4] },
];
/** Of one sector, whatever the width. */
const SIMPLE_DISK_ELEMENTS = 128;

const PAGE = 0x1000;
/** RAM, its end, the video hole, an area for option ROMs, nothing, device registers, the firmware's region, the BIOS below 4 GiB. */
const PLACES = [
  ...[0x20000, 0x2f000, 0x90000, 0xa0000, 0xc0000, 0xd0000, 0x1ff000, 0x200000, 0x3ff2_0000, 0x8000_0000],
  ...[0xfed0_0000, 0xffff_8000],
];
/** RAM and ROM: where nothing is, QEMU reads zeros, and a PC reads ones. */
const SIMPLE_PLACES = [0x22000, 0x2f000, 0x90000, 0x180000, 0xffff_8000];

/** `base` or close to it on either side, or some pages on. */
function near(bases: readonly number[]): fc.Arbitrary<number> {
  return fc
    .tuple(
      fc.constantFrom(...bases),
      fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 6, max: 3 * PAGE + 9 })),
    )
    .map(([base, distance]) => (base + distance) >>> 0);
}

/** Where 16 bits end, and somewhere else. */
const narrow = fc.oneof(fc.integer({ min: 0xff00, max: 0xffff }), fc.integer({ min: 0, max: 0x3000 }));
const few = fc.integer({ min: 0, max: 40 });
const count = fc.oneof(few, fc.integer({ min: 41, max: 5000 }));

const limited = fc
  .record({
    base: near([0x20000, 0x30000, 0x90000]),
    limit: fc.integer({ min: 0, max: 0x2100 }),
    down: fc.boolean(),
  })
  .map(({ base, limit, down }) => ({ descriptor: dataSegment(base, limit, down), limit }));

/** Where an instruction works: segment and index register. `wide` is the address size. */
function addressing(mode: Mode, wide: boolean, places: readonly number[], limits: boolean) {
  if (mode === Mode.REAL) {
    const segment = fc.constantFrom(0x2000n, 0x2001n, 0x3fffn, 0x8000n);
    if (limits) return fc.record({ segment, index: wide ? near([0, 0x8000, 0xfff0, 0x10000]) : narrow });
    // Nothing over the end of 64 KiB: see `exact`.
    return fc.record({ segment, index: wide ? near([0x8000]) : narrow.map((index) => index & ~3) });
  }
  const flat = fc.record({ segment: fc.constant(FLAT), index: near(places) });
  const based = fc.record({ segment: fc.constant(BASED), index: narrow });
  const bounded = limited.chain(({ descriptor, limit }) =>
    fc.record({ segment: fc.constant(descriptor), index: wide ? near([0, limit, limit & ~0xfff]) : narrow }),
  );
  if (!wide) return limits ? fc.oneof(based, bounded) : based;
  return limits ? fc.oneof({ arbitrary: flat, weight: 2 }, { arbitrary: bounded, weight: 1 }) : flat;
}

interface Choice {
  ports: readonly Port[];
  places: readonly number[];
  /** Segment limits, which QEMU's TCG does not check, and interrupts, whose time it does not keep. */
  exact: boolean;
}

const ALL: Choice = { ports: PORTS, places: PLACES, exact: true };
/** What QEMU can be held against. */
export const SIMPLE: Choice = { ports: SIMPLE_PORTS, places: SIMPLE_PLACES, exact: false };

function anyStep(mode: Mode, { ports, places, exact }: Choice): fc.Arbitrary<Step> {
  const shape = fc.record({
    port: fc.oneof(...ports.map((arbitrary) => ({ weight: arbitrary.weight, arbitrary: fc.constant(arbitrary) }))),
    wantsRead: fc.boolean(),
    anyWidth: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    otherAddress: fc.boolean(),
    repeat: fc.nat(9).map((one) => one !== 0),
    descending: fc.nat(2).map((one) => one === 0),
    way: fc.nat(7),
    item: fc.constantFrom(NO_ITEM, FILE_ITEM, FILE_ITEM, 0x12, 0x7f),
    sectors: fc.integer({ min: 0, max: 3 }),
    ticks: fc.integer({ min: 4, max: 255 }),
  });
  return shape.chain(({ port: { port, reads, writes, widths }, ...one }) => {
    const width = widths ? widths[one.anyWidth % widths.length]! : one.anyWidth;
    const wide = (mode === Mode.REAL) === one.otherAddress;
    const read = !writes || (reads && one.wantsRead);
    const stepping = one.way === 0;
    const interrupted = exact && one.way > 3;
    return fc
      .tuple(
        addressing(mode, wide, places, exact),
        stepping
          ? few
          : exact
            ? count
            : port === DISK_DATA
              ? fc.nat(SIMPLE_DISK_ELEMENTS)
              : fc.oneof(few, fc.nat(3000)),
      )
      .map(([where, count]) => ({
        ...where,
        count,
        flags: (one.descending ? DF : 0) | (stepping ? TF : 0) | (interrupted ? IF : 0),
        port,
        item: exact || one.item === FILE_ITEM ? one.item : NO_ITEM,
        timer: interrupted && one.way > 5 ? one.ticks : 0,
        sectors: port !== DISK_DATA ? 0 : exact ? one.sectors : 1,
        command: read ? READ_SECTORS : WRITE_SECTORS,
        place: PLACE,
        code: stringCode({ read, width, otherAddress: one.otherAddress, repeat: one.repeat, mode }),
      }));
  });
}

/** Absent, read-only, moved to another page of RAM, to ROM, to a device, to where nothing is. */
const pageEntry = fc.oneof(
  fc.constant(0),
  fc.constant(2),
  fc.integer({ min: 0x20, max: 0x8f }).map((page) => (page << 12) | 6),
  fc.integer({ min: 0x20, max: 0x8f }).map((page) => (page << 12) | 7),
  fc.integer({ min: 0x20, max: 0x8f }).map((page) => (page << 12) | 5),
);
const oddPageEntry = fc.oneof(
  { weight: 4, arbitrary: pageEntry },
  { weight: 1, arbitrary: fc.constantFrom(0xffff_8007, 0xfed0_0007, 0x3ff2_0007, 0x8000_0007) },
);

function pagesOf(entry: fc.Arbitrary<number>): fc.Arbitrary<[number, number][]> {
  const page = fc.oneof(fc.integer({ min: 0x20, max: 0x33 }), fc.integer({ min: 0x8f, max: 0x94 }));
  return fc.uniqueArray(fc.tuple(page, entry), { maxLength: 12, selector: ([number]) => number });
}

const PAGED_PLACES = [0x20000, 0x21000, 0x2f000, 0x30000, 0x90000, 0xffff_8000];
/** Where the page table ends, behind the end of RAM. */
const TABLE_END = 0x400000;

function programOf(mode: Mode, choice: Choice, steps: fc.ArrayConstraints): fc.Arbitrary<Program> {
  const paged = choice.exact ? [...PAGED_PLACES, TABLE_END] : PAGED_PLACES;
  const places = mode === Mode.PAGED ? paged : choice.places;
  const pages = mode === Mode.PAGED ? pagesOf(choice.exact ? oddPageEntry : pageEntry) : fc.constant([]);
  return fc.record({
    mode: fc.constant(mode),
    steps: fc.array(anyStep(mode, { ...choice, places }), { minLength: 1, ...steps }),
    pages,
  });
}

/** A few steps under any circumstances. */
export const anyProgram: fc.Arbitrary<Program> = fc.oneof(
  ...Object.values(Mode).map((mode) => programOf(mode, ALL, { maxLength: 5 })),
);

/** Many steps that mean the same on QEMU, as many as fit the table's log. */
export function simpleProgram(mode: Mode): fc.Arbitrary<Program> {
  return programOf(mode, SIMPLE, { minLength: 60, maxLength: 60 });
}

/** IN and STOS, or LODS and OUT, in a loop: what INS and OUTS with REP are by their definition ([SDM] vol. 2, "INS", "OUTS", "REP"). */
function loopCode({ read, width, otherAddress, mode }: Omit<Form, 'repeat'>): number[] {
  const other = mode === Mode.REAL ? 4 : 2;
  const address = otherAddress ? [ADDRESS_SIZE] : [];
  const operand = width === other ? [OPERAND_SIZE] : [];
  const wide = width === 1 ? 0 : 1;
  const access = [...operand, (read ? 0xec : 0xee) | wide];
  const transfer = [...address, ...operand, ...(read ? [] : [FS]), (read ? 0xaa : 0xac) | wide];
  const body = read ? [...access, ...transfer] : [...transfer, ...access];
  const back = [...address, 0xe2, 0];
  const length = body.length + back.length;
  back[back.length - 1] = 0x100 - length;
  return [...address, 0xe3, length, ...body, ...back];
}

/** The same steps with REP and as loops, under circumstances in which nothing faults or interrupts. */
export const plainProgram: fc.Arbitrary<{ repeated: Program; looped: Program }> = fc
  .constantFrom(Mode.REAL, Mode.FLAT)
  .chain((mode) => {
    const form = fc.record({
      read: fc.boolean(),
      width: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
      otherAddress: fc.boolean(),
      mode: fc.constant(mode),
    });
    const plain = fc.tuple(form, anyStep(mode, SIMPLE)).map(([form, step]) => {
      const port = form.read ? FW_CFG_DATA : DEBUG_CONSOLE;
      const common = { ...step, flags: step.flags & DF, index: step.index & ~3, item: FILE_ITEM, sectors: 0, port };
      // Offsets of 32 bits do not wrap within the 64 KiB of real mode.
      const inside = mode === Mode.REAL && form.otherAddress ? (common.index & 0x3ffc) + 0x4000 : common.index & 0xffff;
      const reached = { ...common, index: inside, segment: mode === Mode.REAL ? 0x2000n : BASED };
      return {
        repeated: { ...reached, code: stringCode({ ...form, repeat: true }) },
        looped: { ...reached, code: loopCode(form) },
      };
    });
    return fc.array(plain, { minLength: 1, maxLength: 6 }).map((steps) => ({
      repeated: { mode, steps: steps.map(({ repeated }) => repeated), pages: [] },
      looped: { mode, steps: steps.map(({ looped }) => looped), pages: [] },
    }));
  });
