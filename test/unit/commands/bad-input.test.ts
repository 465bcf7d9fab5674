import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench } from '../../../experiments/commands/bench';
import { boot } from '../../../experiments/commands/boot';
import { calibrate } from '../../../experiments/commands/calibrate';
import { experiment } from '../../../experiments/commands/experiment';
import { tour } from '../../../experiments/commands/tour';
import { parseScenario } from '../../../experiments/terminal/scenario';

let folder: string;
let bios: string;
const file = (name: string, bytes: number) => {
  writeFileSync(join(folder, name), new Uint8Array(bytes));
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-bad-input-'));
  bios = file('bios.bin', 0x10000);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What boot says about these words: the message of its UsageError. */
async function complaint(...words: string[]): Promise<string> {
  const error = await boot(words).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || error.name !== 'UsageError')
    throw new Error(`no complaint about ${words.join(' ')}`);
  expect(error.message).not.toContain('\n');
  return error.message;
}

describe('boot answers bad input with one line that names it and the mend', () => {
  it('missing files', async () => {
    expect(await complaint('--bios', '/nowhere/bios')).toMatch(/--bios \/nowhere\/bios: there is no such file/);
    expect(await complaint('--bios', bios, '--disk', '/nowhere/disk')).toMatch(/\/nowhere\/disk does not exist/);
    expect(await complaint('--kernel', '/nowhere/kernel')).toMatch(/--kernel \/nowhere\/kernel: there is no such file/);
    expect(await complaint('--scenario', '/nowhere/s')).toMatch(/--scenario \/nowhere\/s: there is no such file/);
  });

  it('a disk of odd size, and leaves it as it is', async () => {
    const disk = file('odd.img', 1000);
    expect(await complaint('--bios', bios, '--disk', disk)).toMatch(/1000 bytes, not a multiple of 512; pad it/);
    expect(readFileSync(disk).length).toBe(1000);
  });

  it('a BIOS that is too large or empty', async () => {
    expect(await complaint('--bios', file('large.bin', 0x50000))).toMatch(/at most 256 KiB, not 327680 bytes/);
    expect(await complaint('--bios', file('empty.bin', 0))).toMatch(/not 0 bytes/);
  });

  it('unknown placements and devices', async () => {
    expect(await complaint('--bios', bios, '--placement', 'moon')).toMatch(
      /unknown placement 'moon'; use one of reflect/,
    );
    expect(await complaint('--bios', bios, '--placement', 'floppy=reflect')).toMatch(
      /unknown device 'floppy'; use one of/,
    );
    expect(await complaint('--guest', 'plan9')).toMatch(/unknown guest; use one of/);
  });

  it('unwritable outputs, before anything runs', async () => {
    expect(await complaint('--json', '/nowhere/x.json')).toMatch(
      /--json \/nowhere\/x.json: there is no such file or folder/,
    );
    expect(await complaint('--json', folder)).toMatch(/is not a regular file/);
  });

  it('numbers that are none', async () => {
    expect(await complaint('--limit', 'soon')).toMatch(/--limit soon: give a number above 0/);
    expect(await complaint('--bios', bios, '--ram', '5000')).toMatch(/--ram 5000: give 1 to 1023 MiB/);
    expect(await complaint('--nonsense')).toMatch(/unknown or unexpected option: --nonsense; try --help/);
  });

  it('kernels that are none or do not fit', async () => {
    expect(await complaint('--kernel', file('text', 8192))).toMatch(/neither a bzImage nor an i386 ELF kernel/);
  });

  /** The smallest file that is a bzImage by its header: one setup sector, protocol 2.15, loaded high at 1 MiB. */
  function bzImage(initialBytes: number): string {
    const image = Buffer.alloc(8192);
    image[0x1f1] = 1;
    image.write('HdrS', 0x202);
    image.writeUInt16LE(0x020f, 0x206);
    image[0x211] = 1;
    image[0x201] = 0x66;
    image.writeUInt32LE(0x100000, 0x214);
    image.writeUInt32LE(0x37ffffff, 0x22c);
    image.writeUInt32LE(0x100000, 0x258);
    image.writeUInt32LE(initialBytes, 0x260);
    writeFileSync(join(folder, 'bzimage'), image);
    return join(folder, 'bzimage');
  }

  it('a kernel, an initial RAM disk or a command line that is too large', async () => {
    const mib = 2 ** 20;
    expect(await complaint('--kernel', bzImage(40 * mib), '--ram', '32')).toMatch(
      /the kernel does not fit into 32 MiB of RAM; give at least \d+/,
    );
    const initrd = file('initrd', 30 * mib);
    expect(await complaint('--kernel', bzImage(4 * mib), '--initrd', initrd, '--ram', '32')).toMatch(
      /the initial RAM disk does not fit into 32 MiB of RAM; give at least \d+/,
    );
    expect(await complaint('--kernel', bzImage(4 * mib), '--append', 'x'.repeat(5000))).toMatch(
      /the command line has 5000 bytes and this kernel takes \d+; shorten it/,
    );
    expect(await complaint('--kernel', bzImage(4 * mib), '--initrd', '/nowhere/initrd')).toMatch(
      /--initrd \/nowhere\/initrd: there is no such file/,
    );
  });

  it('loaders, and what Multiboot refuses', async () => {
    /** A Multiboot file of 64 bytes with its header at 8, to be loaded at `load` ([Multiboot] 3.1.1). */
    const multiboot = (load: number, checksumError = 0) => {
      const [magic, flags] = [0x1badb002, 0x10003];
      const words = [0, 0, magic, flags, -(magic + flags) + checksumError, load + 8, load, load + 64, 0, load + 40];
      writeFileSync(
        join(folder, 'multiboot'),
        Uint32Array.from({ length: 16 }, (_, word) => words[word] ?? 0),
      );
      return ['--kernel', join(folder, 'multiboot'), '--loader', 'multiboot', '--bios', bios];
    };
    expect(await complaint(...multiboot(0x100000, 1))).toMatch(/--kernel .*checksum is wrong; obtain the file anew/);
    expect(await complaint(...multiboot(0x7000))).toMatch(/wants to be at 7000h, over BIOS and loader; link it above/);
    expect(await complaint(...multiboot(0x3f00_0000))).toMatch(/does not fit into 64 MiB of RAM/);
    const large = file('module', 70 * 2 ** 20);
    expect(await complaint(...multiboot(0x100000), '--initrd', `${large} x`)).toMatch(/does not fit into 64 MiB/);
    expect(await complaint(...multiboot(0x100000), '--initrd', '/nowhere/m')).toMatch(/--initrd \/nowhere\/m: /);
    expect(await complaint('--kernel', bzImage(0), '--loader', 'tape')).toMatch(/unknown loader; use one of direct,/);
    expect(await complaint('--bios', bios, '--loader', 'multiboot')).toMatch(
      /there is nothing to load; name a --kernel/,
    );
    expect(await complaint('--kernel', file('text', 8192), '--loader', 'linuxboot', '--bios', bios)).toMatch(
      /this is no bzImage, the only thing that LinuxBoot enters/,
    );
  });

  it('loaders that find no card, or cannot reach their ring', async () => {
    const words = ['--kernel', bzImage(0), '--bios', bios, '--loader'];
    expect(await complaint(...words, 'linuxboot-pci', '--placement', 'rom-card=pv')).toMatch(
      /--loader linuxboot-pci: there is no ROM card where rom-card is placed at pv; place it elsewhere/,
    );
    expect(await complaint(...words, 'linuxboot-pv', '--placement', 'reflect+protected')).toMatch(
      /--loader linuxboot-pv: it has to reach its ring; leave out \+protected/,
    );
  });

  it('fw_cfg files and batch limits', async () => {
    expect(await complaint('--bios', bios, '--fw-cfg', 'opt/x')).toMatch(
      /give name=NAME,file=FILE or name=NAME,string/,
    );
    expect(await complaint('--bios', bios, '--fw-cfg', 'name=opt/x,file=/nowhere/f')).toMatch(
      /--fw-cfg \/nowhere\/f: .*no such file/,
    );
    expect(await complaint('--bios', bios, '--fw-cfg', `name=opt/x,file=${folder}`)).toMatch(/not a regular file/);
    expect(await complaint('--bios', bios, '--fw-cfg', `name=${'x'.repeat(56)},string=y`)).toMatch(
      /a name has at most 55 characters/,
    );
    const disk = file('disk.img', 1024);
    expect(await complaint('--bios', bios, '--disk', disk, '--batch', '512')).toMatch(
      /--batch 512: unknown limit; use one of/,
    );
  });

  it('RAM that is too little, or would reach into the firmware', async () => {
    expect(await complaint('--bios', bios, '--ram', '0.5')).toMatch(/--ram 0.5: give 1 to 1023 MiB/);
    expect(await complaint('--bios', bios, '--ram', '1024')).toMatch(/--ram 1024: give 1 to 1023 MiB/);
    expect(await complaint('--bios', bios, '--ram', '16.001')).toMatch(/--ram 16.001: give 1 to 1023 MiB/);
  });

  it('discs that are none, and more drives than there is room for', async () => {
    const disk = file('disk.img', 1024);
    expect(await complaint('--bios', bios, '--cdrom', '/nowhere/cd')).toMatch(
      /--cdrom: .*\/nowhere\/cd does not exist/,
    );
    expect(await complaint('--bios', bios, '--cdrom', disk)).toMatch(/not a multiple of 2048 bytes; name an ISO image/);
    const disc = file('disc.iso', 2048);
    const disks = [1, 2, 3, 4, 5].flatMap((number) => ['--disk', file(`disk${number}.img`, 1024)]);
    expect(await complaint('--bios', bios, '--cdrom', disc, ...disks.slice(0, 6))).toMatch(/room for 2 drives, not 3/);
    expect(await complaint('--bios', bios, ...disks)).toMatch(/room for 4 drives, not 5/);
  });

  it('files that would be written over', async () => {
    const [disk, copy, result] = [file('one.img', 1024), file('two.img', 1024), join(folder, 'result')];
    expect(await complaint('--bios', bios, '--disk', disk, '--json', disk)).toMatch(
      /^--json .*of --disk too; name ano/,
    );
    expect(await complaint('--bios', bios, '--trace', bios)).toMatch(/^--trace .* is the file of --bios too/);
    expect(await complaint('--bios', bios, '--json', result, '--serial', result)).toMatch(/^--serial .*of --json too/);
    expect(await complaint('--bios', bios, '--disk', disk, '--disk', copy, '--disk', disk)).toMatch(
      /one.img: is in another drive already; name a copy, or add --snapshot/,
    );
    expect(readFileSync(disk).every((byte) => byte === 0)).toBe(true);
  });

  it('options that would come to nothing', async () => {
    const initrd = file('initrd', 512);
    expect(await complaint('--initrd', initrd)).toMatch(/^--initrd .*no kernel to take it; name a --kernel/);
    expect(await complaint('--append', 'quiet')).toMatch(/^--append quiet: there is no kernel to take it/);
    expect(await complaint('--bios', bios, '--kernel', bzImage(0))).toMatch(
      /^--bios .*leave it out, or choose a --loader/,
    );
    expect(await complaint('--bios', bios, 'extra')).toBe("'extra' is not expected here; try --help");
  });

  it('values that are missing or empty', async () => {
    expect(await complaint('--ram', '-1')).toMatch(
      /^--ram: its value is missing; one that begins with - is written --ram=-1$/,
    );
    expect(await complaint('--ram=-1')).toMatch(/--ram -1: give a number above 0/);
    expect(await complaint('--ram')).toMatch(/option requires argument: --ram; try --help/);
    expect(await complaint('--disk', '')).toMatch(/^--disk '': the value is empty; try --help$/);
    expect(await complaint('--expect', '')).toMatch(/^--expect '': the value is empty/);
    expect(await complaint('--bios', bios, '--fw-cfg', 'name=opt/x,file=')).toMatch(/give name=NAME,file=FILE or/);
  });

  it('names that are taken', async () => {
    expect(await complaint('--bios', bios, '--fw-cfg', 'name=a,string=1', '--fw-cfg', 'name=a,string=2')).toMatch(
      /^--fw-cfg name=a,string=2: there is a file of this name already; choose another$/,
    );
    expect(await complaint('--bios', bios, '--fw-cfg', 'name=ä,string=1')).toMatch(/a name is of ASCII characters/);
  });

  it('escapes that are none', async () => {
    expect(await complaint('--send', 'a\\qb')).toMatch(
      /^--send a\\qb: \\q is no escape; use \\n, \\r, \\t, \\xHH or \\\\$/,
    );
    expect(await complaint('--expect', '\\xZZ')).toMatch(/^--expect \\xZZ: \\x is no escape/);
    expect(await complaint('--expect', 'end\\')).toMatch(/^--expect end\\: \\ is no escape/);
    expect(() => parseScenario('talk', 'send \\q')).toThrow(/scenario talk, line 1: \\q is no escape/);
  });

  it('moves that cannot be, before anything runs', async () => {
    expect(await complaint('--move', '1:ide=qemu')).toMatch(
      /^--move 1:ide=qemu: only the firmware's state moves; name/,
    );
    expect(await complaint('--move', '1:ide=reference+live')).toMatch(/only the firmware's state moves/);
    expect(await complaint('--move', '1:ide=pv')).toMatch(
      /^--move 1:ide=pv: .* no state that could move; name another$/,
    );
    for (const move of ['soon:ide=ioemu', '1:ide', '1', '1e400:ide=ioemu']) {
      expect(await complaint('--move', move)).toMatch(/give SECONDS:DEVICE=PLACEMENT, such as 1.5:ide=reflect$/);
    }
    const own = ['--bios', bios, '--disk', file('moves.img', 512)];
    expect(await complaint(...own, '--move', '1:hpet=ioemu')).toMatch(/has no such device; .* try --pci$/);
    expect(await complaint(...own, '--placement', 'ide=reference', '--move', '1:ide=reflect')).toMatch(
      /^--move ide=reflect: where it is the firmware does not serve it, so it has no state that could move$/,
    );
  });

  it('a scenario without steps', async () => {
    expect(await complaint('--bios', bios, '--scenario', file('empty', 0))).toMatch(
      /empty: it has no steps; try --help$/,
    );
  });

  it('a scenario line that is no step', () => {
    expect(() => parseScenario('talk', 'expect hello\nshout hello')).toThrow(
      /scenario talk, line 2: 'shout hello' is no step/,
    );
  });
});

describe('the other commands do the same', () => {
  const complaints: [command: (words: string[]) => Promise<number>, words: string, complaint: RegExp][] = [
    [tour, 'extra', /^'extra' is not expected here; try --help$/],
    [tour, '--placement moon', /^--placement moon: unknown placement 'moon'; use one of reflect/],
    [tour, '--cost moon', /^--cost moon: unknown cost model; use free, .*, or a JSON file$/],
    [tour, '--json /nowhere/x', /^--json \/nowhere\/x: there is no such file or folder; check the path$/],
    [tour, '--json --cost free', /^--json: its value is missing; one that begins with - is written --json=--cost$/],
    [bench, 'extra', /^'extra' is not expected here; try --help$/],
    [bench, '--repeat 0', /^--repeat 0: give a whole number above 0$/],
    [bench, '--repeat 1.5', /^--repeat 1.5: give a whole number above 0$/],
    [bench, '--bulk --peers', /^--bulk --peers: choose one; each measures other things$/],
    [calibrate, 'extra', /^'extra' is not expected here; try --help$/],
    [calibrate, '--json x', /^unknown or unexpected option: --json; try --help$/],
    [experiment, '', /^experiment: name one of cost-of-a-trap, .*, all$/],
    [experiment, 'nothing', /^experiment: unknown experiment 'nothing'; use one of cost-of-a-trap/],
    [experiment, 'disk serial', /^experiment: disk serial: name one at a time, or 'all'$/],
    [experiment, 'disk --seed 1.5', /^--seed 1.5: give a whole number from 0 to 4294967295$/],
    [experiment, 'disk --seed -1', /^--seed: its value is missing; one that begins with - is written --seed=-1$/],
    [experiment, 'disk --cost moon', /^--cost moon: unknown cost model; use free/],
    [experiment, 'disk --json r --html r', /^--html r: is the file of --json too; name another$/],
    [experiment, 'disk --trace /', /^--trace \/: is not a regular file; name another$/],
  ];

  it.each(complaints.map(([command, words, wanted]) => [command.name, words, wanted, command] as const))(
    '%s %s',
    async (_, words, wanted, command) => {
      await expect(command(words.split(' ').filter(Boolean))).rejects.toMatchObject({
        name: 'UsageError',
        message: expect.stringMatching(wanted),
      });
    },
  );
});
