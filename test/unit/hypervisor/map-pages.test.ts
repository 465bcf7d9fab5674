import { beforeEach, describe, expect, it } from 'vitest';
import { type HypercallHandler, hypercallImports } from '../../../hypervisor/hypercalls';
import { GuestMemory } from '../../../hypervisor/memory/guest-memory';
import { InterceptMap } from '../../../hypervisor/trap/intercept-map';

// Re-declared from the contract.
const [OK, INVALID] = [0, 1];
const [UNMAPPED, RAM, ROM, DEVICE] = [0, 1, 2, 3];
const MIB = 2 ** 20;
const RAM_BYTES = 4 * MIB;
const REGION = 0x3ff0_0000;
const WINDOW = 0x3ff2_0000;
const WINDOW_BYTES = 0x1_0000;
const AT = 0xe000_0000;
const NOBODY = 0;
const HPET = 10;

let memory: GuestMemory;
let intercepts: InterceptMap;
/** As WebAssembly calls them: with signed integers. */
let call: Record<string, (...words: number[]) => number>;
let entered: number;

beforeEach(() => {
  memory = new GuestMemory(RAM_BYTES, memory);
  intercepts = new InterceptMap(memory);
  intercepts.reset(0);
  memory.loadBios(new Uint8Array(0x4_0000));
  memory.exposeRegion(true, []);
  entered = 0;
  const handler = {
    enter: () => {
      entered++;
    },
    mapMemory: intercepts.mapMemory.bind(intercepts),
    mapPages: intercepts.showPages.bind(intercepts),
  } satisfies Partial<HypercallHandler>;
  const imports = hypercallImports(handler as unknown as HypercallHandler);
  call = Object.fromEntries(
    Object.entries(imports).map(([name, made]) => [
      name,
      (...words: number[]) => made(...words.map((word) => word | 0)),
    ]),
  );
});

const kind = (address: number) => memory.pageKind[address >>> 12];
const offset = (address: number) => memory.pageOffset[address >>> 12];

describe('map_pages', () => {
  it('shows the region at an address of its own, read-only, until map_memory takes it away', () => {
    expect(call.map_pages!(AT, WINDOW_BYTES, WINDOW)).toBe(OK);
    for (let page = 0; page < WINDOW_BYTES; page += 4096) {
      expect([kind(AT + page), offset(AT + page)]).toEqual([ROM, WINDOW + page]);
    }
    expect([kind(AT - 1), kind(AT + WINDOW_BYTES)]).toEqual([UNMAPPED, UNMAPPED]);
    expect(intercepts.deviceAt(AT)).toBe(NOBODY);
    expect(call.map_memory!(NOBODY, AT, WINDOW_BYTES)).toBe(OK);
    expect([kind(AT), kind(AT + WINDOW_BYTES - 1)]).toEqual([UNMAPPED, UNMAPPED]);
    expect(entered).toBe(2);
  });

  it('tells the processor that translations are stale', () => {
    const before = memory.generation;
    call.map_pages!(AT, WINDOW_BYTES, WINDOW);
    expect(memory.generation).toBeGreaterThan(before);
  });

  it.each([
    ['an address within a page', AT + 512, 4096, WINDOW],
    ['a length that is no number of pages', AT, 4097, WINDOW],
    ['a place within a page', AT, 4096, WINDOW + 4],
    ['no bytes', AT, 0, WINDOW],
    ['a place below the region', AT, 4096, REGION - 4096],
    ['a place in RAM', AT, 4096, 0],
    ['a place that begins in the region and ends behind it', AT, 8192, 0x3fff_f000],
    ['more bytes than the region has', AT, 0xffff_f000, REGION],
    ['an address in RAM', RAM_BYTES - 4096, 4096, WINDOW],
    ['an address in the hole for video memory', 0xa0000, 4096, WINDOW],
    ['an address that begins below the end of RAM', RAM_BYTES - 4096, 8192, WINDOW],
    ['an address in the region', REGION, 4096, WINDOW],
    ['an address range that runs into the region', REGION - 4096, 8192, WINDOW],
    ['an address in the BIOS below 4 GiB', 0xfffc_0000, 4096, WINDOW],
    ['an address range that runs into the BIOS', 0xfffb_f000, 8192, WINDOW],
    ['an address range beyond 4 GiB', 0xffff_f000, 8192, WINDOW],
  ])('refuses %s, and changes nothing', (_name, address, bytes, place) => {
    const [kinds, offsets] = [memory.pageKind.slice(), memory.pageOffset.slice()];
    expect(call.map_pages!(address, bytes, place)).toBe(INVALID);
    expect(Buffer.compare(memory.pageKind, kinds)).toBe(0);
    expect(Buffer.compare(Buffer.from(memory.pageOffset.buffer), Buffer.from(offsets.buffer))).toBe(0);
  });

  it('refuses the region also while the guest cannot reach it', () => {
    memory.exposeRegion(false, []);
    expect(call.map_pages!(REGION + 0x8_0000, 4096, WINDOW)).toBe(INVALID);
  });

  it('refuses what is there already, a device or pages shown before, and takes what is right beside it', () => {
    expect(call.map_memory!(HPET, AT, 4096)).toBe(OK);
    expect(call.map_pages!(AT - 4096, 8192, WINDOW)).toBe(INVALID);
    expect(call.map_pages!(AT + 4096, 4096, WINDOW)).toBe(OK);
    expect(call.map_pages!(AT + 4096, 8192, WINDOW)).toBe(INVALID);
    expect([kind(AT), kind(AT + 4096), kind(AT + 8192)]).toEqual([DEVICE, ROM, UNMAPPED]);
    expect(call.map_pages!(RAM_BYTES, 4096, WINDOW)).toBe(OK);
  });
});

describe('a reset', () => {
  it('takes away what was mapped above RAM', () => {
    call.map_memory!(HPET, 0xfed0_0000, 4096);
    call.map_pages!(AT, WINDOW_BYTES, WINDOW);
    intercepts.reset(0);
    expect([kind(AT), kind(0xfed0_0000), kind(0xffff_f000), kind(REGION)]).toEqual(new Array(4).fill(UNMAPPED));
    expect([kind(0), kind(RAM_BYTES - 1)]).toEqual([RAM, RAM]);
    expect(intercepts.deviceAt(0xfed0_0000)).toBe(NOBODY);
  });
});

describe('an expansion ROM', () => {
  it('of 16 KiB fits, and a longer one is refused', () => {
    const image = new Uint8Array(0x4000).fill(0x5a);
    memory.loadExpansionRom(image);
    expect([memory.bytes[0x3ff0_bfff], memory.bytes[0x3ff0_c000], memory.bytes[0x3ff0_ffff]]).toEqual([0, 0x5a, 0x5a]);
    expect(memory.bytes[0x3ff1_0000]).toBe(0);
    expect(() => memory.loadExpansionRom(new Uint8Array(0x4001))).toThrow(
      'an expansion ROM has at most 16384 bytes, not 16385',
    );
  });
});
