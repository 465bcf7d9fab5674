/**
 * Reads a file of the root directory out of an ext2 file system ([ext2] "The Second Extended File System, Internal Layout"): an independent
 * look at what a guest left on its disk. Classic block maps only, no extents.
 */

const SUPERBLOCK = 1024;
const MAGIC = 0xef53;
const ROOT_INODE = 2;
const DIRECT_BLOCKS = 12;

/**
 * @param disk a whole disk
 * @param partition offset of the file system in bytes
 */
export function readRootFile(disk: Uint8Array, partition: number, name: string): Uint8Array {
  const bytes = disk.subarray(partition);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (offset: number) => view.getUint32(offset, true);
  if (view.getUint16(SUPERBLOCK + 56, true) !== MAGIC) throw new Error('there is no ext2 file system');
  const blockSize = 1024 << word(SUPERBLOCK + 24);
  const inodesPerGroup = word(SUPERBLOCK + 40);
  const inodeSize = view.getUint16(SUPERBLOCK + 88, true);
  const groupTable = (word(SUPERBLOCK + 20) + 1) * blockSize;

  const inodeAt = (number: number) => {
    const group = Math.floor((number - 1) / inodesPerGroup);
    return word(groupTable + group * 32 + 8) * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
  };
  /** Data blocks below `block`, a map of `depth` levels. */
  const blocksOf = (block: number, depth: number): number[] => {
    if (depth === 0) return [block];
    const entries = Array.from({ length: blockSize / 4 }, (_, index) => word(block * blockSize + index * 4));
    return block === 0 ? [] : entries.flatMap((entry) => blocksOf(entry, depth - 1));
  };
  const contents = (number: number): Uint8Array => {
    const inode = inodeAt(number);
    const size = word(inode + 4);
    const direct = Array.from({ length: DIRECT_BLOCKS }, (_, index) => word(inode + 40 + index * 4));
    const mapped = [1, 2].flatMap((depth) => blocksOf(word(inode + 40 + (DIRECT_BLOCKS - 1 + depth) * 4), depth));
    const file = new Uint8Array(size);
    [...direct, ...mapped].slice(0, Math.ceil(size / blockSize)).forEach((block, index) => {
      const length = Math.min(blockSize, size - index * blockSize);
      if (block !== 0) file.set(bytes.subarray(block * blockSize, block * blockSize + length), index * blockSize);
    });
    return file;
  };

  const directory = contents(ROOT_INODE);
  const entries = new DataView(directory.buffer);
  for (let at = 0; at < directory.length; at += entries.getUint16(at + 4, true)) {
    const length = entries.getUint8(at + 6);
    const found = Buffer.from(directory.subarray(at + 8, at + 8 + length)).toString('latin1');
    if (entries.getUint32(at, true) !== 0 && found === name) return contents(entries.getUint32(at, true));
  }
  throw new Error(`${name} is not in the root directory`);
}
