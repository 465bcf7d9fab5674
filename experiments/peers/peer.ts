import type { ProgramName } from '../../guest/programs';
import type { BootImage } from '../../hypervisor/config';

/** A kernel that every emulator enters in the same way: what lies in memory, a program in the BIOS's place, and a disk. */
export interface KernelBoot {
  ramBytes: number;
  bios: Uint8Array;
  images: BootImage[];
  /** Path of the disk image, which stays as it is. */
  disk: string;
  /** Text on COM1 at which the boot is over. */
  until: string;
}

/** The bytes of an image, for peers that load them their own way. */
export function contents(image: BootImage): Uint8Array {
  const bytes = new Uint8Array(image.bytes);
  image.read(bytes, 0);
  return bytes;
}

/** An emulator of PCs: this one, or one to hold it against. */
export interface Peer {
  readonly name: string;
  /** Rounds of a benchmark's loop that take long enough to be measured here, as a multiple of the program's own. */
  readonly scale: number;
  /** Wall seconds that a guest program takes from reset to its end; undefined if it came to none. */
  runLoop(program: ProgramName, rounds: number): Promise<number | undefined>;
  /** Wall seconds from the kernel's entry until it has printed `until`; undefined if it never did. */
  bootKernel(boot: KernelBoot): Promise<number | undefined>;
}

/** Longest time that a peer is given for one figure, in milliseconds. */
export const PATIENCE = 300_000;
