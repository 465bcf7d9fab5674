import { basename } from 'node:path';
import { locateGuest } from '../../guest/images';
import type { MachineConfig } from '../../hypervisor/config';
import { memoryPiece } from '../../pv-drivers/backend/concatenated-disk';
import { UsageError } from '../errors';
import { BlobDisk } from './blob-disk';
import { addLinux, addMultiboot, type KernelFiles, openInput } from './kernel-blobs';

type RomFile = 'linuxboot' | 'linuxbootDma' | 'multiboot' | 'multibootDma';

/** Ways to load a kernel by an option ROM: which of QEMU's, and what it wants to find. */
const ROM_LOADERS: Readonly<Record<string, { rom: RomFile; add: (disk: BlobDisk, files: KernelFiles) => void }>> = {
  linuxboot: { rom: 'linuxboot', add: addLinux },
  'linuxboot-dma': { rom: 'linuxbootDma', add: addLinux },
  multiboot: { rom: 'multiboot', add: addMultiboot },
  'multiboot-dma': { rom: 'multibootDma', add: addMultiboot },
};

/** Names for --loader; the first needs no fw_cfg. */
export const LOADER_NAMES: readonly string[] = ['direct', ...Object.keys(ROM_LOADERS)];

/** Put the kernel and the option ROM that loads it on the blob disk, first in the boot order. @throws LoaderError, UsageError */
export function addLoader(disk: BlobDisk, loader: string, files: KernelFiles): void {
  const { rom, add } = ROM_LOADERS[loader]!;
  const file = locateGuest('option-roms')[rom];
  const name = `genroms/${basename(file)}`;
  disk.addFile('bootorder', memoryPiece(new TextEncoder().encode(`/rom@${name}\0`)));
  disk.addFile(name, openInput('--loader', file).piece());
  add(disk, files);
}

/** The blob disk with the user's files (`name=opt/x,file=F` or `name=opt/x,string=S`) behind what `fill` put there. */
export function blobConfig(
  userFiles: readonly string[],
  fill: (disk: BlobDisk) => void,
): Partial<Pick<MachineConfig, 'blobs' | 'blobDisk'>> {
  const disk = new BlobDisk();
  fill(disk);
  for (const option of userFiles) addUserFile(disk, option);
  const config = disk.config();
  return config.blobs.length === 0 ? {} : config;
}

const LONGEST_NAME = 55;

function addUserFile(disk: BlobDisk, option: string): void {
  const [, name, kind, value] = /^name=([^,]+),(file|string)=(.*)$/s.exec(option) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--fw-cfg ${option}: give name=NAME,file=FILE or name=NAME,string=TEXT`);
  }
  if (name.length > LONGEST_NAME)
    throw new UsageError(`--fw-cfg ${option}: a name has at most ${LONGEST_NAME} characters`);
  if (kind === 'file') disk.addFile(name, openInput('--fw-cfg', value).piece());
  else disk.addFile(name, memoryPiece(new TextEncoder().encode(value)));
}
