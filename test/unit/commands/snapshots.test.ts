import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { boot } from '../../../experiments/commands/boot';
import { loadProgram } from '../../../guest/programs';

/** `boot --save`, `--restore` and `--move`, with the built-in tour in the place of a BIOS and a disk of its own. */

let folder: string;
let machine: string[];
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-snapshots-'));
  writeFileSync(path('tour.bin'), loadProgram('tour'));
  writeFileSync(path('disk.img'), new Uint8Array(2 ** 20).fill(0x5a));
  machine = ['--bios', path('tour.bin'), '--disk', path('disk.img'), '--snapshot', '--ram', '2', '--limit', '30'];
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  code: number;
  printed: string;
  devices: Record<string, { counters: Record<string, number>; trace: string }>;
  placement: Record<string, string>;
  instructions: number;
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

/** The tour has written to the disk by then, but not yet read all of it back. */
const HALF_WAY = 'ide: write by polling ok';

describe('boot --save and --restore', () => {
  it('continue where the run ended, with what the guest wrote to its disk', async () => {
    const whole = await run();
    const first = await run('--expect', HALF_WAY, '--save', path('half.snap'));
    const second = await run('--restore', path('half.snap'));
    expect(whole.printed).toContain('failures: 0');
    expect(first.printed).not.toContain('failures: 0');
    expect(first.printed + second.printed).toBe(whole.printed);
    expect(second.instructions).toBe(whole.instructions);
    expect(new Uint8Array(readFileSync(path('disk.img'))).every((byte) => byte === 0x5a)).toBe(true);
  });

  it('take another placement on the way, and --move later ones', async () => {
    await run('--expect', 'uart: scratch register ok', '--save', path('early.snap'));
    const kept = await run('--restore', path('early.snap'));
    expect(kept.placement.ide).toBe('reflect');
    const moved = await run(
      ...['--restore', path('early.snap'), '--placement', 'ide=ioemu,uart=stubdom'],
      ...['--move', '0.01:uart=inkernel,pit=forward', '--move', '0.02:ide=reflect'],
    );
    expect(moved.placement).toMatchObject({ ide: 'reflect', uart: 'inkernel', pit: 'forward', rtc: 'reflect' });
    expect(moved.printed).toBe(kept.printed);
    const { ide } = moved.devices;
    expect(ide!.counters.ioreqs).toBeGreaterThan(0);
    expect(ide!.counters.reflections).toBeGreaterThan(0);
  });
});

describe('in one line, boot refuses', () => {
  it('a file that is no snapshot, a damaged one, and one of another machine', async () => {
    await run('--expect', 'uart: scratch register ok', '--save', path('good.snap'));
    const good = readFileSync(path('good.snap'));
    writeFileSync(path('cut.snap'), good.subarray(0, good.length >> 1));
    expect(await complaint('--restore', path('tour.bin'))).toMatch(/is no snapshot that 'boot --save' wrote/);
    expect(await complaint('--restore', path('cut.snap'))).toMatch(/is no snapshot that 'boot --save' wrote/);
    expect(await complaint('--restore', '/nowhere/x')).toMatch(/^--restore \/nowhere\/x: there is no such file/);
    expect(await complaint('--restore', path('good.snap'), '--ram', '4')).toMatch(/with other hardware/);
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
