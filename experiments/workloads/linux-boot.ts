import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../../guest/images';
import { ISA_DEVICES, PCI_DEVICES } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { directLinux } from '../blobs/direct-kernel';
import type { Boot } from './boots';

const RAM = 64 * 2 ** 20;

/**
 * Debian's Linux, entered directly, to the end of a test that writes a file to the disk and reads it back. Its phases begin with lines
 * that the kernel, its drivers and the init script print on COM1; the first one with the entry program's probe.
 *
 * @param pci the disk is driven by ata_piix with bus-master DMA, not by pata_legacy with PIO
 * @param mebibytes size of the file
 * @throws GuestMissing when Linux is not in the cache
 */
export function linuxBoot(pci: boolean, mebibytes: number): Boot {
  const { vmlinux, initrd, disk } = locateGuest('linux');
  const commandLine = `${pci ? LINUX_COMMAND_LINE_PCI : LINUX_COMMAND_LINE} run="disk-test ${mebibytes}; poweroff"`;
  const { bios, images } = directLinux({ kernel: vmlinux, initrd, commandLine, ramBytes: RAM });
  const drives = [{ disk: new OverlayDisk(openFileDisk(disk, true)), cdrom: false }];
  return {
    name: `Linux, ${pci ? 'PCI' : 'ISA'}`,
    phases: [
      ['memory, no console yet', { probe: 2003 }],
      ['console catches up', { text: 'Linux version' }],
      ['kernel core', { text: 'Calibrating delay loop' }],
      ['ISA Plug and Play', { text: 'isapnp: Scanning' }],
      ['UART driver', { text: 'Serial: 8250/16550 driver' }],
      ['keyboard, clock', { text: 'i8042: ' }],
      ['rest of the kernel', { text: 'setting system clock' }],
      ['init, modules', { text: 'Run /init' }],
      ['disk driver', { text: 'scsi host0: ' }],
      ['other ports, file system', { text: 'Attached SCSI disk' }],
      ['disk: mount, write', { text: 'mounting ext2' }],
      ['disk: read', { text: 'drop_caches' }],
    ],
    ends: { text: 'disk-test: ok' },
    image: bios,
    changes: { ramBytes: RAM, images, drives, devices: pci ? PCI_DEVICES : ISA_DEVICES },
  };
}
