/** Moving sectors: PIO and DMA. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import { MEMORY_BASE } from '../../conformance/ide/machines';
import {
  address,
  command,
  dumpRegisters,
  type Extent,
  endBusMaster,
  prepareDma,
  readAlternateStatus,
  readBlock,
  readStatus,
  softwareReset,
  startBusMaster,
  TO_MEMORY,
  writeBlock,
} from '../../conformance/ide/verbs';
import {
  buffers,
  describe,
  extents,
  hex,
  Operation,
  type Operations,
  place,
  regionLists,
  repeat,
  type Target,
  tables,
} from './operation';

/** Few sectors at a time, seldom many: a block is 256 accesses. */
export const pioCounts = fc.oneof(
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
export const DMA_CODES = {
  read: { chs: 0xc8, lba28: 0xc8, lba48: 0x25 },
  write: { chs: 0xca, lba28: 0xca, lba48: 0x35 },
};

export function pioRead(target: Target): Operations {
  return pioShapes(target).map(({ extent, multiple, blocks, sectorsPerBlock, width, recover }) => {
    const { channel, device } = target;
    const code = READ_CODES[multiple ? 'multiple' : 'single'][extent.form];
    return new Operation(`pioRead ${place(channel, device)} ${hex(code)} ${describe(extent)} blocks=${blocks}`, [
      ...address(channel, extent),
      ...command(channel, code),
      ...repeat(blocks, () => readBlock(channel, sectorsPerBlock * 512, width)),
      ...(multiple ? dumpRegisters(channel) : []),
      ...(recover ? softwareReset(channel) : []),
    ]);
  });
}

export function pioWrite(target: Target): Operations {
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
      ...(multiple ? dumpRegisters(channel) : []),
      ...(recover ? softwareReset(channel) : []),
    ]);
  });
}

/**
 * A DMA transfer that runs to its end. After an abandoned one it makes QEMU forget that, which a reset does not (see
 * the deviation `abandoned-dma`).
 */
function freshDma({ channel, device }: Target): Step[] {
  return [
    ...prepareDma(channel, MEMORY_BASE, [{ address: buffers(channel), bytes: 512 }]),
    ...address(channel, { device, form: 'lba28', sector: 0, count: 1 }),
    ...command(channel, DMA_CODES.read.lba28),
    ...startBusMaster(channel, TO_MEMORY),
    ...endBusMaster(channel),
  ];
}

export function dmaTransfer(target: Target): Operations {
  const { channel, device } = target;
  return extents(target, dmaCounts)
    .chain((extent) => {
      const sectors = (extent.form === 'lba48' ? extent.count : extent.count & 0xff || 256) || 1;
      return fc.record({
        extent: fc.constant(extent),
        regions: regionLists(channel, sectors * 512),
        operation: fc.constantFrom('read', 'write') as fc.Arbitrary<'read' | 'write'>,
        table: tables(channel),
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
          ...prepareDma(channel, table, regions),
          ...address(channel, extent),
          ...(engineFirst ? [...start, ...issue] : [...issue, readAlternateStatus(channel), ...(abandon ? [] : start)]),
          ...endBusMaster(channel),
          ...dumpRegisters(channel),
          ...(abandon ? [...softwareReset(channel), ...freshDma(target)] : []),
        ],
      );
    });
}
