import { readFileSync } from 'node:fs';

/** How an option ROM copies: REP INS from fw_cfg's data port, or its DMA interface. */
export const OPTION_ROMS = {
  linuxboot: { source: 'linuxboot', dma: false },
  'linuxboot-dma': { source: 'linuxboot', dma: true },
  multiboot: { source: 'multiboot', dma: false },
  'multiboot-dma': { source: 'multiboot', dma: true },
} as const satisfies Record<string, { source: string; dma: boolean }>;

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
