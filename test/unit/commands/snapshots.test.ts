import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { boot } from '../../../experiments/commands/boot';
import { assemble, type Operation } from '../../property/placements/programs';

/** `boot --save`, `--restore` and `--move`, with a program of our own in the place of a BIOS, and a disk. */

const out = (port: number, value: number): Operation => ({ kind: 'out', port, width: 1, value });
const string = (kind: 'ins' | 'outs', port: number, width: 1 | 2, count: number, segment: number): Operation => ({
  ...{ kind, port, width, count, segment },
  descending: false,
});
const command = (code: number): Operation[] => [
  ...[out(0x1f6, 0xe0), out(0x1f2, 1), out(0x1f3, 7), out(0x1f4, 0), out(0x1f5, 0), out(0x1f7, code)],
  { kind: 'delay', rounds: 20_000 },
];
/** More virtual time than a run between two looks at the scenario takes. */
const LONG: Operation[] = Array.from({ length: 30 }, () => ({ kind: 'delay', rounds: 65_535 }));

/** Writes a sector of zeros, which is what its ROM holds there, says so, waits for long, reads the sector back, and prints its first bytes. */
const PROGRAM: Operation[] = [
  out(0x3fb, 3),
  ...[...command(0x30), string('outs', 0x1f0, 2, 256, 0xf000), out(0x3f8, 0x57), out(0x3f8, 0x21)],
  ...[...LONG, ...command(0x20), string('ins', 0x1f0, 2, 256, 0x1000), string('outs', 0x3f8, 1, 64, 0x1000)],
];
const WRITTEN = 'W!';

let folder: string;
let machine: string[];
/** A run that ended in the middle and was saved. */
let first: Run;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-snapshots-'));
  writeFileSync(path('bios.bin'), assemble(PROGRAM));
  writeFileSync(path('disk.img'), new Uint8Array(2 ** 20).fill(0x5a));
  machine = ['--bios', path('bios.bin'), '--disk', path('disk.img'), '--snapshot', '--ram', '2', '--limit', '30'];
  first = await run('--expect', WRITTEN, '--save', path('half.snap'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  code: number;
  printed: string;
  devices: Record<string, { counters: Record<string, number>; trace: string }>;
  placement: Record<string, string>;
  instructions: number;
  virtualTime: number;
}

async function run(...words: string[]): Promise<Run> {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const code = await boot([...machine, '--serial', path('serial.txt'), '--json', path('run.json'), ...words]);
    return {
      code,
      printed: readFileSync(path('serial.txt'), 'latin1'),
      ...JSON.parse(readFileSync(path('run.json'), 'utf8')),
    };
  } finally {
    stderr.mockRestore();
  }
}

const complaint = (...words: string[]) =>
  run(...words).then(
    () => 'none',
    (error: Error) => {
      expect([error.name, error.message.includes('\n')]).toEqual(['UsageError', false]);
      return error.message;
    },
  );

describe('boot --save and --restore', () => {
  it('continue where the run ended, with what the guest wrote to its disk', async () => {
    const whole = await run();
    const second = await run('--restore', path('half.snap'));
    expect(whole.printed).toBe(WRITTEN + '\0'.repeat(64));
    expect(first.printed).toBe(WRITTEN);
    expect(first.printed + second.printed).toBe(whole.printed);
    expect(second.instructions).toBe(whole.instructions);
    expect(new Uint8Array(readFileSync(path('disk.img'))).every((byte) => byte === 0x5a)).toBe(true);
  });

  it('take another placement on the way, and --move later ones', async () => {
    const moved = await run(
      ...['--restore', path('half.snap'), '--placement', 'ide=ioemu,uart=stubdom'],
      ...['--move', `${(first.virtualTime + 1e6) / 1e9}:uart=inkernel,pit=forward`],
      ...['--move', `${(first.virtualTime + 2e6) / 1e9}:ide=reflect`],
    );
    expect(moved.placement).toMatchObject({ ide: 'reflect', uart: 'inkernel', pit: 'forward' });
    expect(moved.printed).toHaveLength(64);
    const { ide } = moved.devices;
    expect(ide!.counters.ioreqs).toBe(0);
    expect(ide!.counters.reflections).toBeGreaterThan(first.devices.ide!.counters.reflections!);
    expect(moved.devices.uart!.counters.reflections).toBe(first.devices.uart!.counters.reflections);
  });
});

describe('in one line, boot refuses', () => {
  it('a file that is no snapshot, a damaged one, and one of another machine', async () => {
    const good = readFileSync(path('half.snap'));
    writeFileSync(path('cut.snap'), good.subarray(0, good.length >> 1));
    expect(await complaint('--restore', path('bios.bin'))).toMatch(/is no snapshot that 'boot --save' wrote/);
    expect(await complaint('--restore', path('cut.snap'))).toMatch(/is no snapshot that 'boot --save' wrote/);
    expect(await complaint('--restore', '/nowhere/x')).toMatch(/^--restore \/nowhere\/x: there is no such file/);
    expect(await complaint('--restore', path('half.snap'), '--ram', '4')).toMatch(/with other hardware/);
  });

  it('moves that make no sense, and such as cannot be', async () => {
    expect(await complaint('--move', 'ide=reflect')).toMatch(/^--move ide=reflect: give SECONDS:DEVICE=PLACEMENT/);
    expect(await complaint('--move', 'x:ide=reflect')).toMatch(/give SECONDS/);
    expect(await complaint('--move', '1:floppy=reflect')).toMatch(/^--move 1:floppy=reflect: unknown device 'floppy'/);
    expect(await complaint('--move', '1:ide=moon')).toMatch(/unknown placement 'moon'/);
    expect(await complaint('--move', '0:hpet=reflect')).toMatch(/the machine has no such device/);
    expect(await complaint('--move', '0:ide=pv')).toMatch(/has no state that could move/);
  });

  it('snapshots with an emulator of another make', async () => {
    const save = complaint('--placement', 'ide=reference', '--save', path('x.snap'));
    expect(await save).toBe('--save: the reference emulator keeps its state to itself');
  });
});
