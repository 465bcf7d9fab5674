import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../../guest/images';
import { loadLinux } from '../../guest/loaders/linux';
import { loadProgram } from '../../guest/programs';
import { allPlaced, ISA_DEVICES, PCI_DEVICES, placementByName } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
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

describeWithGuest('linux', "Debian's Linux, unmodified", () => {
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
