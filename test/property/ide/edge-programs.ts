/** What random programs hardly ever hit: blocks across the end of a disk, odd lengths in a PRD table, reserved bits. */

import fc from 'fast-check';
import { MEMORY_BASE } from '../../conformance/ide/machines';
import {
  address,
  command,
  commandBlock,
  dumpRegisters,
  endBusMaster,
  prepareDma,
  read,
  readBlock,
  readStatus,
  startBusMaster,
  TO_MEMORY,
  write,
  writeBlock,
} from '../../conformance/ide/verbs';
import { DMA_CODES } from './disk-operations';
import { buffers, Operation, type Operations, type Target } from './operation';

const SECTOR = 512;
const CONFIG_ADDRESS = 0xcf8;
const SET_MULTIPLE_MODE = 0xc6;
const [READ_MULTIPLE, WRITE_MULTIPLE] = [0xc4, 0xc5] as const;

/** A block of several sectors, `before` of which lie before the end of the disk. */
export function multipleAtEnd(target: Target): Operations {
  const { channel, device, drive } = target;
  return fc
    .record({
      block: fc.constantFrom(2, 4, 8),
      before: fc.integer({ min: 0, max: 8 }),
      writes: fc.boolean(),
      seed: fc.nat(0xffff),
    })
    .map(({ block, before, writes, seed }) => {
      const extent = { device, form: 'lba28' as const, sector: drive.sectors - Math.min(before, block), count: block };
      const data = writes ? writeBlock(channel, block * SECTOR, seed) : readBlock(channel, block * SECTOR);
      return new Operation(`${writes ? 'write' : 'read'} multiple of ${block}, ${before} before the end`, [
        write(commandBlock(channel) + 6, 0xe0 | (device << 4)),
        write(commandBlock(channel) + 2, block),
        ...command(channel, SET_MULTIPLE_MODE),
        ...address(channel, extent),
        ...command(channel, writes ? WRITE_MULTIPLE : READ_MULTIPLE),
        ...data,
        readStatus(channel),
        ...dumpRegisters(channel),
      ]);
    });
}

/** Bit 0 of a region's length is not part of it. [SFF-8038i] 1.2 */
export function oddRegions(target: Target): Operations {
  const { channel, device, drive } = target;
  return fc
    .record({
      sector: fc.integer({ min: 0, max: drive.sectors - 4 }),
      cuts: fc.array(fc.integer({ min: 1, max: 0x200 }), { minLength: 1, maxLength: 4 }),
      operation: fc.constantFrom('read' as const, 'write' as const),
    })
    .map(({ sector, cuts, operation }) => {
      const sizes = [...cuts.map((half) => 2 * half), 2 * SECTOR];
      const regions = sizes.map((bytes, index) => ({ address: buffers(channel) + 0x1000 * index, bytes: bytes | 1 }));
      return new Operation(`dma ${operation} of 2 at ${sector}, regions ${sizes.join('+')} and odd`, [
        ...prepareDma(channel, MEMORY_BASE, regions),
        ...address(channel, { device, form: 'lba28', sector, count: 2 }),
        ...command(channel, DMA_CODES[operation].lba28),
        ...startBusMaster(channel, operation === 'read' ? TO_MEMORY : 0),
        ...endBusMaster(channel),
        ...dumpRegisters(channel),
      ]);
    });
}

/** CONFIG_ADDRESS is a register that reads back, but for its reserved bits. [PCI 2.1] 3.7.4.1 */
export const configurationAddress: Operations = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map(
    (value) =>
      new Operation(`CONFIG_ADDRESS ${value.toString(16)}`, [write(CONFIG_ADDRESS, value, 4), read(CONFIG_ADDRESS, 4)]),
  );
