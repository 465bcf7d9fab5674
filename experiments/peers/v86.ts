import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { V86 as Emulator } from 'v86';
import { loadProgram, type ProgramName } from '../../guest/programs';
import { contents, type KernelBoot, PATIENCE, type Peer } from './peer';

const WASM = fileURLToPath(new URL('v86.wasm', import.meta.resolve('v86')));
const MIB = 2 ** 20;
const LOOP_RAM = 16 * MIB;

/** An event that v86's declarations leave out: HLT with interrupts disabled. */
interface Halting {
  add_listener(event: 'cpu-event-halt', listener: () => void): void;
}

interface Start {
  ramBytes: number;
  bios: Uint8Array;
  disk?: Uint8Array;
  /** Called when the emulator is ready and before it runs. */
  prepare?: (emulator: Emulator) => void;
  /** Arranges that its argument is called at the end. */
  watch(emulator: Emulator, end: () => void): void;
}

/** v86, an emulator in JavaScript and WebAssembly that compiles guest code; on its own devices, in real time. */
export class V86 implements Peer {
  readonly name = 'v86';
  readonly scale = 10;

  runLoop(program: ProgramName, rounds: number): Promise<number | undefined> {
    return measure({
      ramBytes: LOOP_RAM,
      bios: loadProgram(program, rounds),
      watch: (emulator, end) => (emulator as unknown as Halting).add_listener('cpu-event-halt', end),
    });
  }

  bootKernel({ ramBytes, bios, images, disk, until }: KernelBoot): Promise<number | undefined> {
    return measure({
      ramBytes,
      bios,
      disk: readFileSync(disk),
      prepare(emulator) {
        for (const image of images) emulator.write_memory(contents(image), image.address);
      },
      watch(emulator, end) {
        let heard = '';
        emulator.add_listener('serial0-output-byte', (byte) => {
          heard += String.fromCharCode(byte);
          if (heard.endsWith(until)) end();
        });
      },
    });
  }
}

async function measure({ ramBytes, bios, disk, prepare, watch }: Start): Promise<number | undefined> {
  const emulator = new Emulator({
    wasm_path: WASM,
    memory_size: ramBytes,
    vga_memory_size: 2 * MIB,
    bios: { buffer: bufferOf(bios) },
    ...(disk ? { hda: { buffer: bufferOf(disk) } } : {}),
    autostart: false,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
    log_level: 0,
  });
  await new Promise<void>((resolve) => emulator.add_listener('emulator-ready', () => resolve()));
  prepare?.(emulator);
  const start = performance.now();
  const seconds = await new Promise<number | undefined>((resolve) => {
    const timeout = setTimeout(() => resolve(undefined), PATIENCE);
    watch(emulator, () => {
      clearTimeout(timeout);
      resolve((performance.now() - start) / 1000);
    });
    void emulator.run();
  });
  await emulator.destroy();
  return seconds;
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
