import { basename } from 'node:path';
import { type GuestFiles, locateGuest } from '../../guest/images';
import { loadOptionRom, type OptionRomName } from '../../guest/programs/option-roms';
import type { MachineConfig } from '../../hypervisor/config';
import { memoryPiece, type Piece } from '../../pv-drivers/backend/concatenated-disk';
import { UsageError } from '../errors';
import { BlobDisk } from './blob-disk';
import { addLinux, addMultiboot, type KernelFiles, openInput } from './kernel-blobs';

interface RomLoader {
  /** The option ROM and its file name. */
  rom: () => { name: string; piece: Piece };
  /** What it wants to find. */
  add: (disk: BlobDisk, files: KernelFiles) => void;
}

/** An option ROM of the project's own. */
function own(name: OptionRomName): RomLoader['rom'] {
  return () => ({ name: `${name}.bin`, piece: memoryPiece(loadOptionRom(name)) });
}

/** One of QEMU's, as it was obtained. */
function foreign(rom: keyof GuestFiles<'option-roms'>): RomLoader['rom'] {
  return () => {
    const file = locateGuest('option-roms')[rom];
    return { name: basename(file), piece: openInput('--loader', file).piece() };
  };
}

/** Ways to load a kernel by an option ROM. */
const ROM_LOADERS: Readonly<Record<string, RomLoader>> = {
  linuxboot: { rom: own('linuxboot'), add: addLinux },
  'linuxboot-dma': { rom: own('linuxboot-dma'), add: addLinux },
  multiboot: { rom: own('multiboot'), add: addMultiboot },
  'multiboot-dma': { rom: own('multiboot-dma'), add: addMultiboot },
  'qemu-linuxboot': { rom: foreign('linuxboot'), add: addLinux },
  'qemu-linuxboot-dma': { rom: foreign('linuxbootDma'), add: addLinux },
  'qemu-multiboot': { rom: foreign('multiboot'), add: addMultiboot },
  'qemu-multiboot-dma': { rom: foreign('multibootDma'), add: addMultiboot },
};

/** Names for --loader; the first needs no fw_cfg. */
export const LOADER_NAMES: readonly string[] = ['direct', ...Object.keys(ROM_LOADERS)];

/** Put the kernel and the option ROM that loads it on the blob disk, first in the boot order. @throws LoaderError, UsageError */
export function addLoader(disk: BlobDisk, loader: string, files: KernelFiles): void {
  const { rom, add } = ROM_LOADERS[loader]!;
  const { name, piece } = rom();
  disk.addFile('bootorder', memoryPiece(new TextEncoder().encode(`/rom@genroms/${name}\0`)));
  disk.addFile(`genroms/${name}`, piece);
  add(disk, files);
}

/** The blob disk with the user's files (`name=opt/x,file=F` or `name=opt/x,string=S`) behind what `fill` put there. */
export function blobConfig(
  userFiles: readonly string[],
  fill: (disk: BlobDisk) => void,
): Partial<Pick<MachineConfig, 'blobs' | 'blobDisk'>> {
  const disk = new BlobDisk();
  fill(disk);
  const names = new Set<string>();
  for (const option of userFiles) {
    const name = addUserFile(disk, option);
    if (names.has(name))
      throw new UsageError(`--fw-cfg ${option}: there is a file of this name already; choose another`);
    names.add(name);
  }
  const config = disk.config();
  return config.blobs.length === 0 ? {} : config;
}

const LONGEST_NAME = 55;

/** @returns the file's name */
function addUserFile(disk: BlobDisk, option: string): string {
  const [, name, kind, value] = /^name=([^,]+),(file(?==.)|string)=(.*)$/s.exec(option) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--fw-cfg ${option}: give name=NAME,file=FILE or name=NAME,string=TEXT`);
  }
  if (name.length > LONGEST_NAME)
    throw new UsageError(`--fw-cfg ${option}: a name has at most ${LONGEST_NAME} characters`);
  if (!/^[\x21-\x7e]+$/.test(name))
    throw new UsageError(`--fw-cfg ${option}: a name is of ASCII characters, without blanks`);
  if (kind === 'file') disk.addFile(name, openInput('--fw-cfg', value).piece());
  else disk.addFile(name, memoryPiece(new TextEncoder().encode(value)));
  return name;
}
