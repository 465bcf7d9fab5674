import { statSync } from 'node:fs';
import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../guest/images';
import { LoaderError } from '../guest/loaders/images';
import { DEVICE_PCI } from '../hypervisor/abi/devices';
import { CHANNEL_DEBUG } from '../hypervisor/abi/hypercalls';
import { type DriveConfig, ISA_DEVICES, type MachineConfig, PCI_DEVICES } from '../hypervisor/config';
import { type FileDisk, openFileDisk } from '../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../pv-drivers/backend/overlay-disk';
import { directLinux } from './blobs/direct-kernel';
import type { KernelFiles } from './blobs/kernel-blobs';
import { addLoader, blobConfig, fitMachine, LOADER_NAMES } from './blobs/loaders';
import { costOption } from './costs';
import { UsageError } from './errors';
import { type KnownGuest, knownGuest } from './known-guests';
import { type parseOptions, parsePlacements, positive, readInput } from './options';

/** Options that say what to boot, on which machine. */
export const BOOT_OPTIONS = {
  '--guest': String,
  '--bios': String,
  '--kernel': String,
  '--initrd': String,
  '--append': String,
  '--loader': String,
  '--fw-cfg': [String] as [StringConstructor],
  '--batch': String,
  '--pci': Boolean,
  '--disk': [String] as [StringConstructor],
  '--cdrom': String,
  '--snapshot': Boolean,
  '--serial': String,
  '--vga': Boolean,
  '--placement': [String] as [StringConstructor],
  '--move': [String] as [StringConstructor],
  '--save': String,
  '--restore': String,
  '--cost': String,
  '--ram': positive,
  '--limit': positive,
  '--scenario': String,
  '--expect': [String] as [StringConstructor],
  '--send': [String] as [StringConstructor],
  '--debug': Boolean,
  '--json': String,
  '--trace': String,
  '--help': Boolean,
  '-h': '--help',
} as const;
export type BootOptions = ReturnType<typeof parseOptions<typeof BOOT_OPTIONS>>;

const MIB = 2 ** 20;
const LARGEST_BIOS = 256 * 1024;
const DRIVE_POSITIONS = 4;
/** The secondary master, where a PC's first CD-ROM drive is looked for. */
const CDROM_POSITION = 2;
const CD_BLOCK_BYTES = 2048;

/** What to boot, from files of the user's or of a guest in the cache. */
export function guestConfig(options: BootOptions): Partial<MachineConfig> & { bios: Uint8Array } {
  const guest = knownGuest(options['--guest']);
  const placing = parsePlacements(options['--placement'] ?? []);
  const ramBytes = (options['--ram'] ?? 64) * MIB;
  if (ramBytes < MIB || ramBytes > 1023 * MIB || ramBytes % 4096 !== 0) {
    throw new UsageError(`--ram ${options['--ram']}: give 1 to 1023 MiB`);
  }
  const debug = (channel: number, value: number) => {
    if (options['--debug'] && channel === CHANNEL_DEBUG) process.stderr.write(Uint8Array.of(value));
  };
  const cost = costOption(options['--cost'] ?? 'free');
  const kernel = guest.kernel === true || options['--kernel'] !== undefined;
  const loader = loaderOption(options['--loader'], kernel);
  const asked = { devices: options['--pci'] ? PCI_DEVICES : ISA_DEVICES, placements: placing.placements };
  const machine = fitMachine(loader, { ...asked, expansionRom: undefined });
  const common = { ...placing, ...machine, ramBytes, debug, cost, textMemory: showsScreen(options) };
  const rom = kernel && loader !== 'direct';
  const blobs = blobConfig(options['--fw-cfg'] ?? [], (disk) => {
    const hasPci = (machine.devices & (1 << DEVICE_PCI)) !== 0;
    if (rom) explained(kernelFiles(options, ramBytes, hasPci), (files) => addLoader(disk, loader, files));
  });
  const boot = kernel && !rom ? linuxConfig(options, ramBytes) : { bios: readBios(options) };
  return { ...common, ...blobs, ...boot, drives: openDrives(options, guest) };
}

/** True when the console of this machine is the VGA's text screen. */
export function showsScreen(options: BootOptions): boolean {
  return options['--vga'] === true || (knownGuest(options['--guest']).vga === true && !options['--kernel']);
}

function loaderOption(loader: string | undefined, kernel: boolean): string {
  if (loader === undefined) return LOADER_NAMES[0]!;
  if (!LOADER_NAMES.includes(loader)) {
    throw new UsageError(`--loader ${loader}: unknown loader; use one of ${LOADER_NAMES.join(', ')}`);
  }
  if (!kernel) throw new UsageError(`--loader ${loader}: there is nothing to load; name a --kernel, or --guest linux`);
  return loader;
}

function readBios(options: BootOptions): Uint8Array {
  const biosFile = options['--bios'] ?? locateGuest('seabios').bios;
  const bios = readInput('--bios', biosFile);
  if (bios.length === 0 || bios.length > LARGEST_BIOS || bios.length % 4096 !== 0) {
    throw new UsageError(
      `--bios ${biosFile}: a BIOS image is a multiple of 4 KiB and at most 256 KiB, not ${bios.length} bytes`,
    );
  }
  return bios;
}

/** Kernel, initial RAM disk and command line that the user named, or those of the guest `linux`. */
function kernelFiles(options: BootOptions, ramBytes: number, hasPci: boolean): KernelFiles {
  const own = options['--kernel'];
  const usual = own ? '' : hasPci ? LINUX_COMMAND_LINE_PCI : LINUX_COMMAND_LINE;
  const kernel = own ?? locateGuest('linux').kernel;
  const initrd = options['--initrd'] ?? (own ? undefined : locateGuest('linux').initrd);
  return { kernel, initrd, commandLine: options['--append'] ?? usual, ramBytes };
}

/** A kernel that is in memory when the processor starts, unpacked if it is the guest's own. */
function linuxConfig(options: BootOptions, ramBytes: number): Pick<MachineConfig, 'bios' | 'images'> {
  const named = kernelFiles(options, ramBytes, options['--pci'] === true);
  return explained({ ...named, kernel: options['--kernel'] ?? locateGuest('linux').vmlinux }, directLinux);
}

/** What a loader has against the user's files is wrong use. */
function explained<Result>(files: KernelFiles, load: (files: KernelFiles) => Result): Result {
  try {
    return load(files);
  } catch (error) {
    if (error instanceof LoaderError) throw new UsageError(`--kernel ${files.kernel}: ${error.message}`);
    throw error;
  }
}

function openDrives(options: BootOptions, guest: KnownGuest): (DriveConfig | undefined)[] {
  const named = options['--disk'] ?? [];
  const disc = options['--cdrom'];
  const room = disc === undefined ? DRIVE_POSITIONS : CDROM_POSITION;
  if (named.length > room) throw new UsageError(`--disk: there is room for ${room} drives, not ${named.length}`);
  const drives: (DriveConfig | undefined)[] = named.map((path) => {
    const disk = openImage('--disk', path, options['--snapshot'] === true);
    return { disk: options['--snapshot'] ? new OverlayDisk(disk) : disk, cdrom: false };
  });
  if (disc !== undefined) drives[CDROM_POSITION] = openDisc(disc);
  return drives.length > 0 || options['--kernel'] ? drives : usualDrives(guest);
}

function usualDrives({ disk, cdrom }: KnownGuest): (DriveConfig | undefined)[] {
  const drives: (DriveConfig | undefined)[] = [];
  if (disk) drives[0] = { disk: new OverlayDisk(openFileDisk(disk(), true)), cdrom: false };
  if (cdrom) drives[CDROM_POSITION] = openDisc(cdrom());
  return drives;
}

function openDisc(path: string): DriveConfig {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes % CD_BLOCK_BYTES !== 0) {
    throw new UsageError(`--cdrom ${path}: its size is not a multiple of ${CD_BLOCK_BYTES} bytes; name an ISO image`);
  }
  return { disk: openImage('--cdrom', path, true), cdrom: true };
}

function openImage(option: string, path: string, readOnly: boolean): FileDisk {
  try {
    return openFileDisk(path, readOnly);
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}
