import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { directLinux } from '../../experiments/blobs/direct-kernel';
import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../../guest/images';
import { allPlaced, ISA_DEVICES, PCI_DEVICES, placementByName } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { readRootFile } from '../helpers/ext2';
import { converse, describeWithGuest } from './converse';

const RAM = 64 * 2 ** 20;
const SCENARIO = 'expect System halted';

/** Where the only partition of the data disk begins. */
const PARTITION = 2 ** 20;

interface Boot {
  console: string;
  /** Digests of the disk after power-off, and of the file that was written, as the host finds it there. */
  disk: string;
  file: string;
}

/** Boot Linux, write and read back a file on its disk, power off. */
async function bootLinux(placement: string, pci: boolean, mebibytes: number): Promise<Boot> {
  const files = locateGuest('linux');
  const commandLine = `${pci ? LINUX_COMMAND_LINE_PCI : LINUX_COMMAND_LINE} run="disk-test ${mebibytes}; poweroff"`;
  const disk = copyOf(files.disk);
  const talk = await converse(
    {
      ...directLinux({ kernel: files.vmlinux, initrd: files.initrd, commandLine, ramBytes: RAM }),
      ramBytes: RAM,
      drives: [{ disk, cdrom: false }],
      devices: pci ? PCI_DEVICES : ISA_DEVICES,
      placements: allPlaced(placementByName(placement)!),
    },
    SCENARIO,
    60e9,
  );
  expect(talk.finished, talk.console.slice(-500)).toBe(true);
  const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
  const file = readRootFile(disk.bytes, PARTITION, 'disk-test.bin');
  expect(file.length).toBe(mebibytes * 2 ** 20);
  return { console: talk.console, disk: digest('sha256', disk.bytes), file: digest('md5', file) };
}

function copyOf(path: string): MemoryDisk {
  const file = openFileDisk(path, true);
  const bytes = new Uint8Array(file.sectors * 512);
  file.read(0, bytes, 0, bytes.length);
  return new MemoryDisk(bytes);
}

/** Lines of /proc/interrupts: how often each interrupt line was taken, by its name. */
function interruptCounts(console: string): Map<string, number> {
  const lines = console.matchAll(/^ *\d+: +(\d+) +XT-PIC +(\S+)/gm);
  return new Map([...lines].map(([, count, name]) => [name!, Number(count)]));
}

describeWithGuest('linux', "Debian's Linux, unmodified", () => {
  it('comes from a disk by SeaBIOS and GRUB; its timer, UART and IDE interrupts count, its clock shows virtual time', async () => {
    const scenario = [
      'expect Type poweroff',
      'send head -c 4000000 /dev/sda | md5sum; date +at-%s; sleep 3; date +at-%s; cat /proc/interrupts; echo do""ne\\n',
      'expect done',
      'send poweroff\\n',
      'expect System halted',
    ].join('\n');
    const { console, finished } = await converse(
      {
        bios: readFileSync(locateGuest('seabios').bios),
        ramBytes: RAM,
        drives: [{ disk: new OverlayDisk(openFileDisk(locateGuest('linux').bootDisk, true)), cdrom: false }],
      },
      scenario,
      60e9,
    );
    expect(finished, console.slice(-500)).toBe(true);
    expect(console).toContain('GRUB');
    const [earlier, later] = [...console.matchAll(/^at-(\d+)/gm)].map((match) => Number(match[1]));
    expect(later! - earlier!).toBe(3);
    expect(new Date(earlier! * 1000).getUTCFullYear()).toBe(2020);
    const counts = interruptCounts(console);
    expect(counts.get('timer')).toBeGreaterThan(1000);
    expect(counts.get('ttyS0')).toBeGreaterThan(20);
    expect(counts.get('platform[pata_legacy.0]')).toBeGreaterThan(100);
  });

  it('shows the same console and leaves the same disk wherever its devices are emulated', async () => {
    const reflected = await bootLinux('reflect', false, 1);
    expect(reflected.console).toContain('pata_legacy');
    expect(reflected.console).toContain('disk-test: ok');
    expect(reflected.console).toContain(`disk-test: md5 ${reflected.file}`);
    expect(await bootLinux('inkernel', false, 1)).toEqual(reflected);
    expect(await bootLinux('ioemu', false, 1)).toEqual(reflected);
  });

  it('finds its disk by PCI and moves 16 MiB by bus-master DMA, which the host finds on the disk afterwards', async () => {
    const { console, file } = await bootLinux('reflect', true, 16);
    expect(console).toContain('bmdma');
    expect(console).toContain('disk-test: ok');
    expect(console).toContain(`disk-test: md5 ${file}`);
  });
});
