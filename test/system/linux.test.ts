import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../../guest/images';
import { loadLinux } from '../../guest/loaders/linux';
import { loadProgram } from '../../guest/programs';
import { allPlaced, ISA_DEVICES, PCI_DEVICES, placementByName } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { converse, describeWithGuest } from './converse';

const RAM = 64 * 2 ** 20;
const SCENARIO = 'expect System halted';

/** Boot Linux, write and read back one MiB on its disk, power off; what it printed and what its disk holds then. */
async function bootLinux(placement: string, pci: boolean): Promise<{ console: string; disk: string }> {
  const files = locateGuest('linux');
  const commandLine = `${pci ? LINUX_COMMAND_LINE_PCI : LINUX_COMMAND_LINE} run="disk-test 1; poweroff"`;
  const { images, entry } = loadLinux({
    kernel: readFileSync(files.vmlinux),
    initrd: readFileSync(files.initrd),
    commandLine,
    ramBytes: RAM,
  });
  const disk = copyOf(files.disk);
  const talk = await converse(
    {
      bios: loadProgram('linux-entry', entry),
      images,
      ramBytes: RAM,
      drives: [{ disk, cdrom: false }],
      devices: pci ? PCI_DEVICES : ISA_DEVICES,
      placements: allPlaced(placementByName(placement)!),
    },
    SCENARIO,
    60e9,
  );
  expect(talk.finished, talk.console.slice(-500)).toBe(true);
  return { console: talk.console, disk: createHash('sha256').update(disk.bytes).digest('hex') };
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
    const reflected = await bootLinux('reflect', false);
    expect(reflected.console).toContain('pata_legacy');
    expect(reflected.console).toContain('disk-test: ok');
    expect(await bootLinux('inkernel', false)).toEqual(reflected);
    expect(await bootLinux('ioemu', false)).toEqual(reflected);
  });

  it('finds its disk by PCI and moves data by bus-master DMA', async () => {
    const { console } = await bootLinux('reflect', true);
    expect(console).toContain('bmdma');
    expect(console).toContain('disk-test: ok');
  });
});
