import * as fc from 'fast-check';
import { loadProgram } from '../../../guest/programs';

/** One string instruction of a generated program. */
export interface StringStep {
  read: boolean;
  width: 1 | 2 | 4;
  /** 32-bit addressing; otherwise DI, SI and CX count. */
  wide: boolean;
  descending: boolean;
  index: number;
  count: number;
  port: number;
  /** fw_cfg item to select before it, if any. */
  item: number | undefined;
}

const SELECTOR = 0x510;
const DATA = 0x511;
const DEBUG = 0x402;
const RESULTS = 0x5000;
const PAGE = 0x1000;

/** RAM, page ends, ROM, video hole, the BIOS below 4 GiB, addresses where nothing is. */
const PLACES = [0x20000, 0x2f000, 0x90000, 0xa0000, 0xc0000, 0xd0000, 0xf4000, 0x200000, 0x8000_0000, 0xffff_8000];

const place = fc
  .tuple(fc.constantFrom(...PLACES), fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 3 * PAGE }))
  .map(([base, near, far]) => (near === 5 ? base + far : base + near) >>> 0);
/** For 16-bit addressing: what the upper halves hold does not count. DI must not meet code's variables below 6000h. */
const narrowPlace = fc.oneof(fc.integer({ min: 0xff00, max: 0xffff }), fc.integer({ min: 0x9000, max: 0xc000 }));

export const stringStep: fc.Arbitrary<StringStep> = fc
  .record({
    read: fc.boolean(),
    width: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    wide: fc.boolean(),
    descending: fc.boolean(),
    index: place,
    narrow: narrowPlace,
    count: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 5000 })),
    fromItem: fc.boolean(),
    item: fc.option(fc.constantFrom(0x12, 0x11, 0x00, 0x7f), { nil: undefined }),
  })
  .map(({ narrow, fromItem, ...step }) => ({
    ...step,
    index: step.wide ? step.index : narrow,
    // Sixteen bits wrap, so they are kept from running over the program's own variables.
    count: step.wide ? step.count : step.count % 600,
    port: step.read && fromItem ? DATA : DEBUG,
  }));

/**
 * The program as a ROM image; where each instruction ended stands at RESULTS.
 *
 * @param looped IN and STOS, or LODS and OUT, in a loop instead of one repeated instruction: the same by its definition
 *   ([SDM] vol. 2, "INS", "OUTS" and "REP")
 */
export function assembleSteps(steps: readonly StringStep[], looped: boolean): Uint8Array {
  const image = loadProgram('bench-alu');
  const code: number[] = [0x60]; // PUSHAD
  steps.forEach((step, number) => {
    code.push(...prepare(step), ...(looped ? loop(step) : repeated(step)));
    const result = RESULTS + number * 12;
    code.push(0x89, 0x3d, ...long(result), 0x89, 0x35, ...long(result + 4), 0x89, 0x0d, ...long(result + 8));
  });
  code.push(0x61, 0xfc, 0xc3); // POPAD, CLD, RET
  image.set(code, 0);
  return image;
}

function prepare({ item, descending, index, count, port }: StringStep): number[] {
  const select = item === undefined ? [] : [0x66, 0xba, ...word(SELECTOR), 0x66, 0xb8, ...word(item), 0x66, 0xef];
  return [
    ...select,
    descending ? 0xfd : 0xfc,
    ...[0xbf, ...long(index), 0xbe, ...long(index), 0xb9, ...long(count)],
    ...[0x66, 0xba, ...word(port)],
  ];
}

/** Prefixes and the opcode, whose lowest bit tells bytes from words. */
function operation(opcode: number, width: number): number[] {
  return [...(width === 2 ? [0x66] : []), opcode | (width === 1 ? 0 : 1)];
}

function repeated({ read, width, wide }: StringStep): number[] {
  return [0xf3, ...(wide ? [] : [0x67]), ...operation(read ? 0x6c : 0x6e, width)];
}

function loop({ read, width, wide }: StringStep): number[] {
  const address = wide ? [] : [0x67];
  const transfer = [...address, ...operation(read ? 0xaa : 0xac, width)];
  const access = operation(read ? 0xec : 0xee, width);
  const body = read ? [...access, ...transfer] : [...transfer, ...access];
  const back = [...address, 0xe2, 0];
  const length = body.length + back.length;
  back[back.length - 1] = 0x100 - length;
  return [...address, 0xe3, length, ...body, ...back];
}

function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

function long(value: number): number[] {
  return [...word(value), ...word(value >>> 16)];
}
