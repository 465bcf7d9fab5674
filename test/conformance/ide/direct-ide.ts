import {
  type IdeUnderTest,
  type Observations,
  runSteps,
  type Step,
  type SynchronousIde,
  type Width,
} from './ide-under-test';
import { BUS_MASTER_BASE, type Drive, MEMORY_BASE, MEMORY_BYTES } from './machines';
import type { MediumImage } from './medium-image';

/** PCI configuration mechanism #1, and the IDE function of a PIIX3 at 00:01.1. */
const [CONFIG_ADDRESS, CONFIG_DATA, IDE_FUNCTION] = [0xcf8, 0xcfc, 0x8000_0900] as const;
/** What a BIOS writes to the IDE function: base of the bus-master block, then I/O and bus mastering on. */
const BIOS_SETTINGS = [
  [0x20, BUS_MASTER_BASE | 1],
  [0x04, 5],
] as const;

/** A medium that starts each program with the same contents. */
export interface ProgramMedium {
  readonly drive: Drive;
  readonly image: MediumImage;
}

/** A machine under test that answers at once, in this process. */
export abstract class DirectIde<Medium extends ProgramMedium> implements IdeUnderTest, SynchronousIde {
  abstract readonly name: string;
  protected abstract readonly memory: Uint8Array;

  constructor(protected readonly media: readonly Medium[]) {}

  abstract in(port: number, width: Width): number;
  abstract out(port: number, width: Width, value: number): void;
  abstract advance(ns: number): void;
  abstract settle(channels: number): number;
  /** As the power switch does it; media and memory are seen to. */
  protected abstract reset(): void;

  run(steps: readonly Step[], seen: Observations): void {
    runSteps(this, steps, seen);
  }

  store(address: number, bytes: Uint8Array): void {
    this.memory.set(bytes, address);
  }

  readMemory(address: number, length: number): Uint8Array {
    return this.memory.subarray(address, address + length);
  }

  image(slot: number): Uint8Array {
    return this.media.find((medium) => medium.drive.slot === slot)!.image.whole();
  }

  restart(): void {
    for (const { image } of this.media) image.restore();
    this.memory.fill(0, MEMORY_BASE, MEMORY_BASE + MEMORY_BYTES);
    this.reset();
    for (const [register, value] of BIOS_SETTINGS) {
      this.out(CONFIG_ADDRESS, 4, IDE_FUNCTION + register);
      this.out(CONFIG_DATA, 4, value);
    }
  }

  close(): void {}
}
