import { describe, expect, it } from 'vitest';
import { placeMultiboot } from '../../../guest/loaders/multiboot';
import { ConcatenatedDisk, memoryPiece, zeroPiece } from '../../../pv-drivers/backend/concatenated-disk';

const MAGIC = 0x1badb002;
const RAM = 16 * 2 ** 20;

/** A file of 64 bytes with its header at 8, to be loaded as a whole at `load`. [Multiboot] 3.1.1 */
function kernel(load: number, flags = 0x10003, checksumError = 0): Uint8Array {
  const file = new Uint8Array(64);
  const fields = [MAGIC, flags, -(MAGIC + flags) + checksumError, load + 8, load, load + 64, load + 0x2000, load + 40];
  new Uint32Array(file.buffer).set(fields, 2);
  return file;
}

describe('[Multiboot] loading', () => {
  it('places the kernel by its header and modules on pages behind its zeroed data', () => {
    const boot = placeMultiboot(kernel(0x200000), [{ bytes: 5000, commandLine: 'm' }], 'k', RAM);
    expect(boot.entry).toBe(0x200028);
    expect(boot.parts).toEqual([
      { address: 0x200000, module: undefined, offset: 0, bytes: 64 },
      { address: 0x202000, module: 0, offset: 0, bytes: 5000 },
    ]);
  });

  it.each([
    ['a wrong checksum', kernel(0x200000, 0x10003, 1), 'checksum is wrong'],
    ['no header', new Uint8Array(64), 'no Multiboot header'],
    ['an address over the loader', kernel(0x8000), 'over BIOS and loader'],
    ['an unmet requirement', kernel(0x200000, 0x10007), 'requires 4h'],
    ['more than RAM', kernel(RAM - 0x1000), 'does not fit'],
  ])('refuses %s with a line that says so', (_, file, message) => {
    expect(() => placeMultiboot(file, [], '', RAM)).toThrow(message);
  });
});

it('a concatenated disk reads across its pieces and ends in zeros', () => {
  const disk = new ConcatenatedDisk([
    memoryPiece(Uint8Array.of(1, 2)),
    zeroPiece(509),
    memoryPiece(Uint8Array.of(3, 4)),
  ]);
  expect(disk.sectors).toBe(2);
  const target = new Uint8Array(1030).fill(9);
  expect(disk.read(0, target, 3, 1024)).toBe(0);
  expect([...target.subarray(2, 6), ...target.subarray(513, 517)]).toEqual([9, 1, 2, 0, 0, 3, 4, 0]);
  expect([target[1026], target[1027]]).toEqual([0, 9]);
  expect(disk.read(1, target, 0, 1024)).toBe(1);
});
