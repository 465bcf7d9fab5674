/** Assembles the system-level image and runs it: under QEMU to record, on a vCPU to compare. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DomainMemory, Exit, PageKind, type Vcpu } from '../../../../hypervisor/abi/vcpu';

const RAM_BYTES = 4 << 20;
const ROM_BYTES = 0x10000;
const DEBUG_PORT = 0xe9;
/** Far more than the image needs, in instructions between exits and in characters: a vCPU that loops is stopped. */
const BUDGET = 20_000_000;
const TEXT_LIMIT = 200_000;

const folder = fileURLToPath(new URL('.', import.meta.url));

/** main.asm is recorded under QEMU; what manual.asm prints is written down in manual.ts. */
export type ImageName = 'main' | 'manual';

/** @throws when nasm is missing or refuses the source */
export function assembleImage(name: ImageName): Buffer {
  const output = join(mkdtempSync(join(tmpdir(), 'selfio-ring0-')), `${name}.bin`);
  execFileSync('nasm', ['-f', 'bin', '-o', output, `${name}.asm`], { cwd: folder, stdio: 'inherit' });
  return readFileSync(output);
}

export const imagePath = (name: ImageName): string => join(folder, `${name}.bin`);
export const committedImage = (name: ImageName): Buffer => readFileSync(imagePath(name));

/** What the image prints under QEMU's TCG. @throws when QEMU is missing, or does not end by the image's triple fault */
export function runUnderQemu(image: string): string {
  const work = mkdtempSync(join(tmpdir(), 'selfio-ring0-'));
  const output = join(work, 'debug.txt');
  const machine = ['-M', 'isapc', '-cpu', 'pentium', '-m', '16', '-accel', 'tcg', '-nodefaults', '-display', 'none'];
  const arguments_ = [...machine, '-bios', image, '-debugcon', `file:${output}`, '-no-reboot'];
  execFileSync('qemu-system-i386', arguments_, { timeout: 30_000, stdio: 'inherit' });
  const text = readFileSync(output, 'latin1');
  rmSync(work, { recursive: true });
  return text;
}

/** A PC as bare as the image needs it: RAM, the ROM below 1 MiB and below 4 GiB, and the debug port. */
function machineMemory(image: Uint8Array): DomainMemory {
  const buffer = new SharedArrayBuffer(RAM_BYTES + ROM_BYTES);
  const bytes = new Uint8Array(buffer);
  bytes.set(image, RAM_BYTES);
  const pageKind = new Uint8Array(1 << 20).fill(PageKind.RAM, 0, RAM_BYTES >>> 12);
  const pageOffset = new Uint32Array(1 << 20).map((_, page) => page << 12);
  for (let page = 0; page < ROM_BYTES >>> 12; page++) {
    for (const first of [0xf0, 0xffff0]) {
      pageKind[first + page] = PageKind.ROM;
      pageOffset[first + page] = RAM_BYTES + (page << 12);
    }
  }
  return { buffer, bytes, pageKind, pageOffset, generation: 0, writes: 0 };
}

/**
 * What the image prints on a vCPU.
 * @returns the text, and how the run ended: an Exit reason; SHUTDOWN is as it should be
 */
export function runOnVcpu(image: Uint8Array, create: (memory: DomainMemory) => Vcpu): { text: string; ended: number } {
  const vcpu = create(machineMemory(image));
  vcpu.reset();
  const characters: string[] = [];
  for (;;) {
    const reason = characters.length < TEXT_LIMIT ? vcpu.run(BUDGET) : Exit.BUDGET;
    if (reason === Exit.PORT_WRITE) {
      if (vcpu.exit.address === DEBUG_PORT) characters.push(String.fromCharCode(vcpu.exit.value & 0xff));
      vcpu.completeWrite();
    } else if (reason === Exit.PORT_READ) vcpu.completeRead(0xffffffff);
    else return { text: characters.join(''), ended: reason };
  }
}
