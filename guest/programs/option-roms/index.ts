import { readFileSync } from 'node:fs';

/** Loaders, and what each reaches its items by: names of a source file and of the include file for the access. */
export const OPTION_ROMS = {
  linuxboot: { source: 'linuxboot', access: 'fw-cfg-pio' },
  'linuxboot-dma': { source: 'linuxboot', access: 'fw-cfg-dma' },
  'linuxboot-pci': { source: 'linuxboot', access: 'rom-card' },
  'linuxboot-pv': { source: 'linuxboot', access: 'pv-disk' },
  multiboot: { source: 'multiboot', access: 'fw-cfg-pio' },
  'multiboot-dma': { source: 'multiboot', access: 'fw-cfg-dma' },
  'multiboot-pci': { source: 'multiboot', access: 'rom-card' },
  'multiboot-pv': { source: 'multiboot', access: 'pv-disk' },
} as const satisfies Record<string, { source: string; access: string }>;

export type OptionRomName = keyof typeof OPTION_ROMS;

export const OPTION_ROM_NAMES = Object.keys(OPTION_ROMS) as OptionRomName[];

/** The assembled image: a multiple of 512 bytes whose sum is zero modulo 256. */
export function loadOptionRom(name: OptionRomName): Uint8Array {
  return new Uint8Array(readFileSync(assembledRom(name)));
}

/** Where the assembled bytes are kept. */
export function assembledRom(name: OptionRomName): URL {
  return new URL(`assembled/${name}.bin`, import.meta.url);
}
