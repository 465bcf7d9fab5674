import { loadProgram, type ProgramName } from '../../guest/programs';
import { allPlaced, consoleUart, type MachineConfig, machineConfig, placementByName } from '../../hypervisor/config';
import { Machine } from '../../hypervisor/machine';
import { Outcome } from '../../hypervisor/run-loop';
import { zeroPiece } from '../../pv-drivers/backend/concatenated-disk';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { BlobDisk } from '../blobs/blob-disk';
import { type KernelBoot, PATIENCE, type Peer } from './peer';

/** Virtual nanoseconds between two looks at the console. */
const SLICE = 20e6;
const LOOP_RAM = 16 * 2 ** 20;
const INITRD_KEY = 0x12;

/** This emulator, with every device reflected. */
export class Selfio implements Peer {
  readonly name = 'selfio';
  readonly scale = 4;
  private spare: Machine | undefined;

  constructor(private readonly firmware: WebAssembly.Module) {}

  async runLoop(program: ProgramName, rounds: number): Promise<number | undefined> {
    // What a program copies from fw_cfg comes all the way from the blob disk.
    const blobs = new BlobDisk().add(INITRD_KEY, zeroPiece(rounds)).config();
    const machine = this.makeMachine(loadProgram(program, rounds), { ramBytes: LOOP_RAM, ...blobs });
    const start = performance.now();
    const { outcome } = machine.run(Number.POSITIVE_INFINITY);
    return outcome === Outcome.HALTED ? (performance.now() - start) / 1000 : undefined;
  }

  async bootKernel({ ramBytes, bios, images, disk, until }: KernelBoot): Promise<number | undefined> {
    let heard = '';
    const sink = (byte: number) => {
      heard += String.fromCharCode(byte);
    };
    const drives = [{ disk: new OverlayDisk(openFileDisk(disk, true)), cdrom: false }];
    const changes = { ramBytes, images, drives, uarts: [consoleUart(sink)] };
    const machine = this.makeMachine(bios, changes);
    const start = performance.now();
    while (!heard.includes(until)) {
      const { outcome } = machine.run(machine.platform.clock.now + SLICE);
      if (outcome !== Outcome.TIME || performance.now() - start > PATIENCE) return undefined;
    }
    return (performance.now() - start) / 1000;
  }

  private makeMachine(bios: Uint8Array, changes: Partial<MachineConfig>): Machine {
    const placements = allPlaced(placementByName('reflect')!);
    this.spare = new Machine(machineConfig(this.firmware, bios, { ...changes, placements }), this.spare);
    return this.spare;
  }
}
