import { basename } from 'node:path';
import { type GuestFiles, locateGuest } from '../../guest/images';
import { loadOptionRom, type OptionRomName } from '../../guest/programs/option-roms';
import { DEVICE_ROM_CARD } from '../../hypervisor/abi/devices';
import { type MachineConfig, PCI_DEVICES, placementByName } from '../../hypervisor/config';
import { reachOfGuest } from '../../hypervisor/placement/reach';
import { memoryPiece, type Piece } from '../../pv-drivers/backend/concatenated-disk';
import { UsageError } from '../errors';
import { BlobDisk } from './blob-disk';
import { addLinux, addMultiboot, type KernelFiles, openInput } from './kernel-blobs';

/** A part of a machine that loaders may want to be different. */
type Hardware = Pick<MachineConfig, 'devices' | 'placements' | 'expansionRom'>;

interface RomLoader {
  /** Where a BIOS finds the option ROM, as the boot order has it; a ROM that it finds over fw_cfg is put on the disk. */
  addRom: (disk: BlobDisk) => string;
  /** What it wants to find. */
  add: (disk: BlobDisk, files: KernelFiles) => void;
  /** The machine that it needs, made from the one that was asked for; without it any will do. @throws UsageError */
  fit?: (machine: Hardware) => Hardware;
}

/** The card's slot and class, as IEEE 1275's PCI bus binding writes them. */
const CARD_IN_BOOT_ORDER = '/pci@i0cf8/memory-controller@3';

function addOverFwCfg(disk: BlobDisk, name: string, piece: Piece): string {
  disk.addFile(`genroms/${name}`, piece);
  return `/rom@genroms/${name}`;
}

/** An option ROM of the project's own. */
function own(name: OptionRomName): Pick<RomLoader, 'addRom'> {
  return { addRom: (disk) => addOverFwCfg(disk, `${name}.bin`, memoryPiece(loadOptionRom(name))) };
}

/** One of QEMU's, as it was obtained. */
function foreign(rom: keyof GuestFiles<'option-roms'>): Pick<RomLoader, 'addRom'> {
  return {
    addRom: (disk) => {
      const file = locateGuest('option-roms')[rom];
      return addOverFwCfg(disk, basename(file), openInput('--loader', file).piece());
    },
  };
}

/** The expansion ROM of the ROM card, which reads through the card's window. */
function onCard(name: OptionRomName): Omit<RomLoader, 'add'> {
  return {
    addRom: () => CARD_IN_BOOT_ORDER,
    fit: ({ devices, placements }) => {
      if (placements[DEVICE_ROM_CARD]!.name === 'pv') {
        throw new UsageError(
          `--loader ${name}: there is no ROM card where rom-card is placed at pv; place it elsewhere`,
        );
      }
      devices |= PCI_DEVICES | (1 << DEVICE_ROM_CARD);
      return { devices, placements, expansionRom: loadOptionRom(name) };
    },
  };
}

/** A ROM that has the card's ring to itself, because nobody emulates the card. */
function onRing(name: OptionRomName): Omit<RomLoader, 'add'> {
  return {
    ...own(name),
    fit: (machine) => {
      const placements = [...machine.placements];
      placements[DEVICE_ROM_CARD] = placementByName('pv')!;
      const devices = machine.devices | (1 << DEVICE_ROM_CARD);
      if (!reachOfGuest(devices, placements).exposed) {
        throw new UsageError(`--loader ${name}: it has to reach its ring; leave out +protected`);
      }
      return { ...machine, devices, placements };
    },
  };
}

/** Ways to load a kernel by an option ROM. */
const ROM_LOADERS: Readonly<Record<string, RomLoader>> = {
  linuxboot: { ...own('linuxboot'), add: addLinux },
  'linuxboot-dma': { ...own('linuxboot-dma'), add: addLinux },
  'linuxboot-pci': { ...onCard('linuxboot-pci'), add: addLinux },
  'linuxboot-pv': { ...onRing('linuxboot-pv'), add: addLinux },
  multiboot: { ...own('multiboot'), add: addMultiboot },
  'multiboot-dma': { ...own('multiboot-dma'), add: addMultiboot },
  'multiboot-pci': { ...onCard('multiboot-pci'), add: addMultiboot },
  'multiboot-pv': { ...onRing('multiboot-pv'), add: addMultiboot },
  'qemu-linuxboot': { ...foreign('linuxboot'), add: addLinux },
  'qemu-linuxboot-dma': { ...foreign('linuxbootDma'), add: addLinux },
  'qemu-multiboot': { ...foreign('multiboot'), add: addMultiboot },
  'qemu-multiboot-dma': { ...foreign('multibootDma'), add: addMultiboot },
};

/** Names for --loader; the first needs no fw_cfg. */
export const LOADER_NAMES: readonly string[] = ['direct', ...Object.keys(ROM_LOADERS)];

/** The machine that a loader needs, made from the one that was asked for. @throws UsageError when that cannot be */
export function fitMachine(loader: string, machine: Hardware): Hardware {
  return ROM_LOADERS[loader]?.fit?.(machine) ?? machine;
}

/** Put the kernel on the blob disk for the option ROM that loads it, first in the boot order. @throws LoaderError, UsageError */
export function addLoader(disk: BlobDisk, loader: string, files: KernelFiles): void {
  const { addRom, add } = ROM_LOADERS[loader]!;
  disk.addFile('bootorder', memoryPiece(new TextEncoder().encode(`${addRom(disk)}\0`)));
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
