import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProgram, type ProgramName } from '../../guest/programs';
import { contents, type KernelBoot, PATIENCE, type Peer } from './peer';

const COMMAND = 'qemu-system-i386';
/** No local APIC: without a BIOS nobody would let the interrupt controller's requests through it. */
const MACHINE = ['-M', 'isapc', '-cpu', 'pentium2,-apic', '-accel', 'tcg'];
const SILENT = ['-nodefaults', '-display', 'none', '-monitor', 'none'];
const MIB = 2 ** 20;

/** How a program stops: `cli; hlt; jmp` back to the cli. */
const STOP = [0xfa, 0xf4, 0xeb, 0xfc];
/** `out 0xf4, al; hlt; nop`, which ends a QEMU that has its debug exit there. */
const EXIT_PORT = 0xf4;
const EXIT = [0xe6, EXIT_PORT, 0xf4, 0x90];

/** QEMU with its own translator (TCG) and devices, in real time. */
export class Qemu implements Peer {
  readonly name = 'QEMU TCG';
  readonly scale = 25;

  /** The loop alone: a run of one round, which is all start-up, is taken off. */
  async runLoop(program: ProgramName, rounds: number): Promise<number | undefined> {
    const whole = await runToExit(loadProgram(program, rounds));
    const startUp = await runToExit(loadProgram(program, 1));
    return whole === undefined || startUp === undefined ? undefined : whole - startUp;
  }

  bootKernel({ ramBytes, bios, images, disk, until }: KernelBoot): Promise<number | undefined> {
    return withFiles([bios, ...images.map(contents)], ([biosFile, ...files]) => {
      const loaders = files.flatMap((file, index) => [
        ...['-device', `loader,file=${file},addr=${images[index]!.address},force-raw=on`],
      ]);
      const drive = ['-drive', `file=${disk},format=raw,if=ide,snapshot=on`];
      return run(['-m', String(ramBytes / MIB), '-bios', biosFile!, ...loaders, ...drive, '-serial', 'stdio'], until);
    });
  }
}

/** Is QEMU there? */
export function hasQemu(): boolean {
  return spawnSync(COMMAND, ['--version']).status === 0;
}

function runToExit(image: Uint8Array): Promise<number | undefined> {
  const bytes = Buffer.from(image);
  const at = bytes.lastIndexOf(Buffer.from(STOP));
  if (at < 0) throw new Error('the program does not end as programs do');
  bytes.set(EXIT, at);
  return withFiles([bytes], ([file]) => {
    const exit = ['-device', `isa-debug-exit,iobase=${EXIT_PORT},iosize=1`];
    return run(['-m', '16', '-bios', file!, '-serial', 'null', ...exit], undefined);
  });
}

async function withFiles<Result>(
  contents: readonly Uint8Array[],
  use: (files: string[]) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'selfio-qemu-'));
  try {
    const files = contents.map((bytes, index) => {
      const file = join(folder, `${index}.bin`);
      writeFileSync(file, bytes);
      return file;
    });
    return await use(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Wall seconds until QEMU exits by itself, or has printed `until`. */
function run(words: readonly string[], until: string | undefined): Promise<number | undefined> {
  const start = performance.now();
  const child = spawn(COMMAND, [...MACHINE, ...SILENT, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  let heard = '';
  let end: number | undefined;
  const finish = () => {
    end ??= performance.now();
    child.kill();
  };
  const timeout = setTimeout(() => child.kill(), PATIENCE);
  child.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    if (until !== undefined && heard.includes(until)) finish();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timeout);
      if (until === undefined && code !== null) end = performance.now();
      resolve(end === undefined ? undefined : (end - start) / 1000);
    });
  });
}
