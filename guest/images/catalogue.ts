/**
 * The guests that `npm run guests` can make: names, and each one's files under the key by which code asks for them.
 * How they are made stands in the recipes; this table is all that a user of the files needs.
 */
export const CATALOGUE = {
  seabios: {
    summary: 'SeaBIOS, 128 KiB and 256 KiB builds',
    files: { bios: 'bios.bin', bios256: 'bios-256k.bin' },
  },
  grub: {
    summary: 'disk that boots GRUB to its prompt on COM1',
    files: { disk: 'disk.img' },
  },
  linux: {
    summary: 'Debian kernel for 32-bit processors, busybox, disks',
    files: {
      kernel: 'bzimage',
      vmlinux: 'vmlinux',
      initrd: 'initrd.gz',
      disk: 'data.img',
      bootDisk: 'boot.img',
    },
  },
  'option-roms': {
    summary: "QEMU's option ROMs that load kernels over fw_cfg",
    files: {
      linuxboot: 'linuxboot.bin',
      linuxbootDma: 'linuxboot_dma.bin',
      multiboot: 'multiboot.bin',
      multibootDma: 'multiboot_dma.bin',
    },
  },
  memtest: {
    summary: 'Memtest86+ as a kernel image and as a CD',
    files: { kernel: 'memtest.bin', cdrom: 'memtest.iso' },
  },
  syslinux: {
    summary: 'disk that boots SYSLINUX to its prompt on COM1',
    files: { disk: 'disk.img' },
  },
  ipxe: {
    summary: 'iPXE as a kernel image and as a CD',
    files: { kernel: 'ipxe.lkrn', cdrom: 'ipxe.iso' },
  },
} as const satisfies Record<string, { summary: string; files: Record<string, string> }>;

export type GuestName = keyof typeof CATALOGUE;

export const GUEST_NAMES = Object.keys(CATALOGUE) as GuestName[];

/** Names that stand for several guests on the command line. */
export const GUEST_SETS: Readonly<Record<string, readonly GuestName[]>> = {
  'seabios-grub': ['seabios', 'grub'],
};

/** What `npm run guests` makes when it is given no name. */
export const DEFAULT_SET = 'seabios-grub';

/** Absolute paths of a guest's files. */
export type GuestFiles<N extends GuestName> = { readonly [K in keyof (typeof CATALOGUE)[N]['files']]: string };
