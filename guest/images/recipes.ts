import type { GuestName } from './catalogue';
import { grub } from './grub';
import { linux } from './linux/recipe';
import { packaged } from './packaged';
import type { Recipe } from './recipe';
import { syslinux } from './syslinux';

/** The recipe of each guest in the catalogue. */
export const RECIPES: Readonly<Record<GuestName, Recipe>> = {
  seabios: packaged('seabios', {
    'bios.bin': 'usr/share/seabios/bios.bin',
    'bios-256k.bin': 'usr/share/seabios/bios-256k.bin',
  }),
  grub,
  linux,
  'option-roms': packaged('qemu-system-data', {
    'linuxboot.bin': 'usr/share/qemu/linuxboot.bin',
    'linuxboot_dma.bin': 'usr/share/qemu/linuxboot_dma.bin',
    'multiboot.bin': 'usr/share/qemu/multiboot.bin',
    'multiboot_dma.bin': 'usr/share/qemu/multiboot_dma.bin',
  }),
  memtest: packaged('memtest86+:i386', {
    'memtest.bin': 'boot/memtest86+ia32.bin',
    'memtest.iso': 'usr/lib/memtest86+/memtest86+ia32.iso',
  }),
  syslinux,
  ipxe: packaged('ipxe', {
    'ipxe.lkrn': 'boot/ipxe.lkrn',
    'ipxe.iso': 'usr/lib/ipxe/ipxe.iso',
  }),
};
