import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TextScreen } from '../../experiments/terminal/text-screen';
import { locateGuest } from '../../guest/images';
import type { DriveConfig } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { converse, describeWithGuest } from './converse';

/** Boot loaders and a memory test that nobody here wrote, each through SeaBIOS from a reflected drive. */

const RAM = 64 * 2 ** 20;
const seabios = () => readFileSync(locateGuest('seabios').bios);
const disk = (path: string): DriveConfig => ({ disk: new OverlayDisk(openFileDisk(path, true)), cdrom: false });
/** Secondary master. */
const disc = (path: string) => [undefined, undefined, { disk: openFileDisk(path, true), cdrom: true }];

/** Bytes without pattern, the same in every run. */
function noise(length: number): Uint8Array {
  let state = 1;
  return new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

describeWithGuest('seabios', 'SeaBIOS with a disk that holds nonsense', () => {
  const start = (contents: Uint8Array, scenario: string) =>
    converse(
      { bios: seabios(), ramBytes: RAM, drives: [{ disk: new MemoryDisk(contents), cdrom: false }] },
      scenario,
      0.15e9,
    );

  it('refuses it, if it has no mark of a boot sector, and the disk stays as it is', async () => {
    const contents = noise(2 ** 20);
    const before = contents.slice();
    const { console, finished } = await start(contents, 'expect not a bootable disk\nexpect No bootable device');
    expect(finished, console).toBe(true);
    expect(contents).toEqual(before);
  });

  it('runs it, if it has the mark, and whatever that comes to has an outcome and a summary', async () => {
    const contents = noise(2 ** 20);
    contents.set([0x55, 0xaa], 510);
    const { result, console } = await start(contents, 'expect never');
    expect(console).toContain('Booting from Hard Disk');
    expect(result.summary).not.toBe('');
    expect(['time', 'idle', 'halted', 'shutdown', 'stopped']).toContain(result.outcome);
  });
});

describeWithGuest('syslinux', 'SYSLINUX from a disk', () => {
  it('loads its modules from a FAT file system and lists it at its prompt', async () => {
    const { console, finished } = await converse(
      { bios: seabios(), ramBytes: RAM, drives: [disk(locateGuest('syslinux').disk)] },
      'expect boot: \nsend ls.c32\\r\nexpect libcom32.c32\nexpect boot:',
      20e9,
    );
    expect(finished, console.slice(-500)).toBe(true);
    expect(console).toContain('SYSLINUX 6');
    expect(console).toContain('syslinux.cfg');
  });
});

describeWithGuest('ipxe', 'iPXE from a CD', () => {
  it('comes up to its command line and obeys', async () => {
    const { console, finished } = await converse(
      { bios: seabios(), ramBytes: RAM, drives: disc(locateGuest('ipxe').cdrom) },
      'expect Ctrl-B for\nsend \\x02\nexpect iPXE>\nsend echo hi\\r\nexpect echo hi\nexpect hi\nexpect iPXE>',
      60e9,
    );
    expect(finished, console.slice(-500)).toBe(true);
    expect(console).toContain('Booting from DVD/CD...');
    expect(console).toContain('Open Source Network Boot Firmware');
  });
});

/** The first one is number 0. */
const LATER_TEST = /Test #[1-9]/;

describeWithGuest('memtest', 'Memtest86+ from a CD', () => {
  it('goes through its first test without an error, and shows it on the screen', async () => {
    let screen: TextScreen | undefined;
    const shows = (text: RegExp) => screen?.rows().some((row) => text.test(row)) === true;
    await converse(
      { bios: seabios(), ramBytes: RAM, drives: disc(locateGuest('memtest').cdrom), textMemory: true },
      'expect never',
      20e9,
      (machine) => {
        screen ??= new TextScreen(machine.platform.memory.bytes);
        return shows(LATER_TEST);
      },
    );
    const rows = screen!.rows();
    expect(rows[0]).toMatch(/Memtest86\+ v\d/);
    expect(rows[5]).toMatch(/^Memory {2}: +64MB/);
    expect(shows(LATER_TEST), rows.join('\n')).toBe(true);
    expect(shows(/Errors: 0 *$/), rows.join('\n')).toBe(true);
  });
});
