/** What IDE operations are built from: places, addresses, regions of memory. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import { type Drive, type IdeMachine, MEMORY_BASE, MEMORY_BYTES } from '../../conformance/ide/machines';
import { type AddressForm, type ChannelNumber, type Extent, packChs, type Region } from '../../conformance/ide/verbs';

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

export type Operations = fc.Arbitrary<Operation>;

export const hex = (value: number): string => value.toString(16).padStart(2, '0');
export const place = (channel: ChannelNumber, device: number): string =>
  `${channel === 0 ? 'primary' : 'secondary'}/${device}`;

export type Channels = fc.Arbitrary<ChannelNumber>;
export const devices: fc.Arbitrary<0 | 1> = fc.constantFrom(0, 1);
export const bytes = fc.integer({ min: 0, max: 0xff });

/** PRD tables live in the first pages of the test window, two pages a channel. */
const PAGES_PER_CHANNEL = 2;
export const PAGE_BYTES = 0x1000;
export const tables = (channel: ChannelNumber): fc.Arbitrary<number> =>
  fc.constantFrom(0, 1).map((page) => MEMORY_BASE + (channel * PAGES_PER_CHANNEL + page) * PAGE_BYTES);

/**
 * Each channel has its own half of the rest for its buffers: with transfers of both in flight, neither the order in
 * which they reach memory nor the moment at which a table is read may make a difference.
 */
const BUFFERS = MEMORY_BASE + 0x1_0000;
export const BUFFER_BYTES = (MEMORY_BYTES - 0x1_0000) / 2;
export const buffers = (channel: ChannelNumber): number => BUFFERS + channel * BUFFER_BYTES;

/** Where a drive is: its channel, its device number, and what is known of it. */
export interface Target {
  readonly channel: ChannelNumber;
  readonly device: 0 | 1;
  readonly drive: Drive;
}

export function targets(machine: IdeMachine): Target[] {
  return machine.drives.map((drive) => ({ channel: drive.slot < 2 ? 0 : 1, device: drive.slot & 1 ? 1 : 0, drive }));
}

/** What a disk command to a CD-ROM drive is addressed with; it will be refused all the same. */
const NO_DISK = { sectors: 64, cylinders: 2, heads: 2, sectorsPerTrack: 16 } as const;

/** Sector addresses inside, at the edge of and beyond a disk. */
export function extents({ drive, device }: Target, counts: fc.Arbitrary<number>): fc.Arbitrary<Extent> {
  const { sectors, cylinders, heads, sectorsPerTrack } = drive.kind === 'disk' ? drive : NO_DISK;
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

export const describe = ({ form, sector, count }: Extent): string => `${form}:${sector.toString(16)} x${count}`;

export const repeat = (times: number, steps: (index: number) => Step[]): Step[] =>
  Array.from({ length: Math.max(0, times) }, (_, index) => steps(index)).flat();

/** Regions for `total` bytes: cut at generated places, then made short, exact or long. */
export function regionLists(channel: ChannelNumber, total: number): fc.Arbitrary<Region[]> {
  return fc
    .record({
      cuts: fc.array(fc.integer({ min: 1, max: 0x4000 }), { maxLength: 6 }),
      start: fc.integer({ min: 0, max: 0x4000 }),
      gap: fc.constantFrom(0, 0, 2, 0x100),
      excess: fc.constantFrom(0, 0, 0, 0, -512, -2, 2, 512, 0x1_0000),
    })
    .map(({ cuts, start, gap, excess }) => {
      const regions: Region[] = [];
      let at = buffers(channel) + start * 2;
      let left = Math.max(2, total + excess);
      for (const half of [...cuts, ...Array<number>(16).fill(0x8000)]) {
        const length = Math.min(half * 2, left, 0x1_0000);
        if (length === 0) break;
        regions.push({ address: at, bytes: length & 0xffff });
        at += length + gap;
        left -= length;
      }
      return regions;
    });
}
