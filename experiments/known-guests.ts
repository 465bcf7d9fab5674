import { locateGuest } from '../guest/images';
import { UsageError } from './errors';

/** A guest that `npm run guests` makes: what it is started with when the user names nothing else. */
export interface KnownGuest {
  /** Path of the disk image for the primary master; the guest gets a copy. */
  disk?: () => string;
  /** Path of the disc for the CD-ROM drive. */
  cdrom?: () => string;
  /** The kernel is entered directly, without a BIOS. */
  kernel?: true;
  /** It writes to VGA text memory and nowhere else. */
  vga?: true;
}

/** By the name for --guest; the first is the default. */
const GUESTS: Readonly<Record<string, KnownGuest>> = {
  'seabios-grub': { disk: () => locateGuest('grub').disk },
  linux: { kernel: true, disk: () => locateGuest('linux').disk },
  'linux-grub': { disk: () => locateGuest('linux').bootDisk },
  syslinux: { disk: () => locateGuest('syslinux').disk },
  ipxe: { cdrom: () => locateGuest('ipxe').cdrom },
  memtest: { cdrom: () => locateGuest('memtest').cdrom, vga: true },
};
const DEFAULT_GUEST = Object.keys(GUESTS)[0]!;

/** @throws UsageError */
export function knownGuest(name: string = DEFAULT_GUEST): KnownGuest {
  const guest = GUESTS[name];
  if (guest !== undefined) return guest;
  throw new UsageError(`--guest ${name}: unknown guest; use one of ${Object.keys(GUESTS).join(', ')}`);
}
