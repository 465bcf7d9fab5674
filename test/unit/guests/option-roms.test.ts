import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadOptionRom, OPTION_ROM_NAMES } from '../../../guest/programs/option-roms';
import { assembleOptionRom } from '../../../guest/programs/option-roms/assemble';
import { BLOCK_RINGS, GRANT_TABLE, INDIRECT_PAGES, PAGE_SIZE, START_INFO } from '../../../hypervisor/abi/layout';
import * as info from '../../../hypervisor/abi/start-info';
import * as grants from '../../../pv-drivers/protocol/grant-references';

const hasNasm = spawnSync('nasm', ['--version']).status === 0;
if (!hasNasm) console.warn('NASM IS NOT INSTALLED: nobody checks that the option ROMs belong to their sources.');

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}

describe.each(OPTION_ROM_NAMES)('option ROM %s', (name) => {
  const image = loadOptionRom(name);
  const word = (at: number) => image[at]! | (image[at + 1]! << 8);

  it('begins with its signature and its size, and adds up to zero ([PnP] 3.1)', () => {
    expect(word(0)).toBe(0xaa55);
    expect(image[2]! * 512).toBe(image.length);
    expect(image[3]).toBe(0xcb); // RETF: nothing to initialize
    expect(sum(image)).toBe(0);
  });

  it('is a boot device: the header has a bootstrap entry vector and nothing else ([PnP] 3.2)', () => {
    const header = word(0x1a);
    expect(String.fromCharCode(...image.subarray(header, header + 4))).toBe('$PnP');
    expect(header % 16).toBe(0);
    expect(sum(image.subarray(header, header + image[header + 5]! * 16))).toBe(0);
    expect(word(header + 0x16)).toBe(0);
    expect(image[word(header + 0x1a)]).toBe(0xfa); // CLI
    const product = word(header + 0x10);
    expect(String.fromCharCode(...image.subarray(product, product + 6))).toBe('selfio');
  });

  it('names the card that it lies on, if it lies on one ([PCI 2.1] 6.3.1.2)', () => {
    const data = word(0x18);
    if (!name.endsWith('-pci')) {
      expect(data).toBe(0);
      return;
    }
    expect(data % 4).toBe(0);
    expect(String.fromCharCode(...image.subarray(data, data + 4))).toBe('PCIR');
    expect([word(data + 4), word(data + 6)]).toEqual([0x1af4, 0x10f0]);
    expect(word(data + 8)).toBe(0); // vital product data
    expect(word(data + 10)).toBe(0x18); // bytes of the structure
    expect([...image.subarray(data + 12, data + 16)]).toEqual([0, 0x00, 0x80, 0x05]); // revision, class code
    expect(word(data + 16) * 512).toBe(image.length);
    expect(image[data + 20]).toBe(0); // code for PCs
    expect(image[data + 21]).toBe(0x80); // the last image
    expect(image.length).toBeLessThanOrEqual(0x4000); // bytes of the card's ROM
  });

  it.runIf(hasNasm)('is what NASM makes of its source', () => {
    expect(Buffer.compare(assembleOptionRom(name), image)).toBe(0);
  });
});

describe('pv-disk.inc agrees with the contract', () => {
  const source = readFileSync(new URL('../../../guest/programs/option-roms/pv-disk.inc', import.meta.url), 'utf8');
  const definitions = new Map([...source.matchAll(/^(\w+) +equ ([^;\n]+)/gm)].map(([, name, sum]) => [name!, sum!]));
  /** A sum of products of numbers and other names. */
  function value(sum: string): number {
    const factor = (word: string) => (definitions.has(word) ? value(definitions.get(word)!) : Number(word));
    const terms = sum.split('+').map((term) => term.split('*').map((word) => factor(word.trim())));
    return terms.reduce((total, factors) => total + factors.reduce((one, other) => one * other), 0);
  }

  const RING = 5;
  const drive = START_INFO + info.INFO_DRIVES + RING * info.DRIVE_ENTRY_SIZE;
  const pages = INDIRECT_PAGES + RING * grants.INDIRECT_PAGES_PER_RING * PAGE_SIZE;

  it.each([
    ['START_INFO', START_INFO],
    ['START_INFO_MAGIC', info.START_INFO_MAGIC],
    ['DRIVE_FLAGS', drive + info.DRIVE_FLAGS],
    ['DRIVE_PRESENT', info.DRIVE_FLAG_PRESENT],
    ['DRIVE_PORT', drive + info.DRIVE_PORT],
    ['BLOB_COUNT', START_INFO + info.INFO_BLOB_COUNT],
    ['BLOBS', START_INFO + info.INFO_BLOBS],
    ['BLOB_ENTRY_BYTES', info.BLOB_ENTRY_SIZE],
    ['BLOB_KEY', info.BLOB_KEY],
    ['BLOB_BYTES', info.BLOB_BYTES],
    ['BLOB_SECTOR', info.BLOB_SECTOR],
    ['GRANT_TABLE', GRANT_TABLE],
    ['RING_GRANT', grants.blockRingGrant(RING)],
    ['DATA_GRANT', grants.GRANT_DATA_PAGES + RING * grants.DATA_GRANTS_PER_RING],
    ['SEGMENTS_GRANT', grants.GRANT_INDIRECT_PAGES + RING * grants.INDIRECT_PAGES_PER_RING],
    ['RING', BLOCK_RINGS + RING * PAGE_SIZE],
    ['SEGMENTS', pages],
    ['BOUNCE', pages + PAGE_SIZE],
  ])('on %s', (name, expected) => {
    expect(value(definitions.get(name)!)).toBe(expected);
  });
});
