import { readFileSync } from 'node:fs';
import { LINUX_COMMAND_LINE, locateGuest } from '../../guest/images';
import { loadProgram } from '../../guest/programs';
import { allPlaced, consoleUart, ISA_DEVICES, type MachineConfig, placementByName } from '../../hypervisor/config';
import { Outcome } from '../../hypervisor/run-loop';
import type { CostModel } from '../../hypervisor/time/cost-model';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { addLoader, blobConfig, fitMachine } from '../blobs/loaders';
import { BootRecorder, type Sign } from './boot-recorder';
import { makeMachine } from './run';

/** A boot that says where it is. */
export interface Boot {
  name: string;
  /** Phases, each with the sign that begins it. */
  phases: readonly (readonly [name: string, begins: Sign])[];
  /** The sign with which the boot is over. */
  ends: Sign;
  image: Uint8Array;
  changes: Partial<MachineConfig>;
}

/** Virtual ns between two looks at whether the boot is over, and after which it is given up. */
const SLICE = 1e6;
const PATIENCE = 60e9;
const MIB = 2 ** 20;

const SEABIOS_PHASES: Boot['phases'] = [
  ['chipset, memory', { text: 'SeaBIOS (version' }],
  ['console', { text: 'Scan for VGA option rom' }],
  ['devices', { text: 'ATA controller 1' }],
  ['option ROMs, tables', { text: 'All threads complete' }],
];

/** The boot in small among the guest programs: 128 KiB of kernel by READ SECTORS, 512 KiB of RAM disk by READ MULTIPLE. */
export function builtInBoot(): Boot {
  return {
    name: 'built-in boot',
    phases: [
      ['chipset, timer', { probe: 1001 }],
      ['devices', { probe: 1002 }],
      ['boot sector', { probe: 1003 }],
      ['kernel', { probe: 1004 }],
      ['RAM disk', { probe: 2001 }],
      ['entry', { probe: 2002 }],
    ],
    ends: { probe: 2003 },
    image: loadProgram('boot-probes'),
    changes: { drives: [{ disk: new MemoryDisk(new Uint8Array(MIB)), cdrom: false }] },
  };
}

/**
 * SeaBIOS, whose debug lines say where it is, and GRUB from a disk up to its prompt.
 *
 * @throws GuestMissing when they are not in the cache
 */
export function seabiosBoot(): Boot {
  const disk = new OverlayDisk(openFileDisk(locateGuest('grub').disk, true));
  return {
    name: 'SeaBIOS and GRUB',
    phases: [
      ...SEABIOS_PHASES,
      ['boot sector', { text: 'Booting from Hard Disk' }],
      ['GRUB loads', { text: 'GRUB loading' }],
      ['GRUB starts', { text: 'Welcome to GRUB' }],
    ],
    ends: { text: 'grub>' },
    image: new Uint8Array(readFileSync(locateGuest('seabios').bios)),
    changes: { ramBytes: 64 * MIB, drives: [{ disk, cdrom: false }] },
  };
}

/** How the LinuxBoot option ROMs copy, by the name of the loader. */
const WAYS = { linuxboot: 'string I/O', 'linuxboot-dma': 'DMA', 'linuxboot-pci': 'ROM card' } as const;

/**
 * SeaBIOS and one of the project's LinuxBoot option ROMs, which copies Debian's kernel and RAM disk from fw_cfg or through the ROM card's
 * window, up to the kernel's first instruction: the boot that the probes of 2011 were made for.
 *
 * @throws GuestMissing when SeaBIOS or Linux is not in the cache
 */
export function linuxRomBoot(loader: keyof typeof WAYS): Boot {
  const { kernel, initrd } = locateGuest('linux');
  const ramBytes = 64 * MIB;
  const files = { kernel, initrd, commandLine: LINUX_COMMAND_LINE, ramBytes };
  const placements = allPlaced(placementByName('reflect')!);
  const { devices, expansionRom } = fitMachine(loader, { devices: ISA_DEVICES, placements, expansionRom: undefined });
  return {
    name: `SeaBIOS and LinuxBoot, ${WAYS[loader]}`,
    phases: [
      ...SEABIOS_PHASES,
      ['kernel', { text: 'Booting from ROM' }],
      ['RAM disk', { probe: 2001 }],
      ['entry', { probe: 2002 }],
    ],
    ends: { probe: 2003 },
    image: new Uint8Array(readFileSync(locateGuest('seabios').bios)),
    changes: { ramBytes, devices, expansionRom, ...blobConfig([], (disk) => addLoader(disk, loader, files)) },
  };
}

/** Boot to the last sign, and what was recorded on the way. */
export function runBoot(
  firmware: WebAssembly.Module,
  boot: Boot,
  placement: string,
  cost: CostModel,
  timeline: MachineConfig['timeline'],
): BootRecorder {
  const signs = [...boot.phases.map(([, sign]) => sign), boot.ends];
  const recorder = new BootRecorder(
    boot.phases.map(([name]) => name),
    signs,
  );
  const { debug, serial } = recorder;
  const machine = makeMachine(firmware, boot.image, placement, cost, {
    ...{ ...boot.changes, debug, timeline },
    uarts: [consoleUart(serial)],
  });
  recorder.machine = machine;
  for (let end = SLICE; end <= PATIENCE && !recorder.over; end += SLICE) {
    const { outcome, summary } = machine.run(end);
    if (outcome !== Outcome.TIME && !recorder.over) throw new Error(`${boot.name} did not end its boot: ${summary}`);
  }
  return recorder;
}
