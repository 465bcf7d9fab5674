import { DEVICE_IDE } from '../abi/devices';
import type { VmExit } from '../abi/vcpu';
import type { MachineConfig } from '../config';
import type { GuestMemory } from '../memory/guest-memory';
import { moveElements } from '../trap/string-elements';
import type { IoServer } from './io-server';

/** What an emulator of another make finds around it in its process. */
export interface EmulatorMachine {
  /** The machine that it belongs to: drives, UARTs, costs. */
  readonly config: MachineConfig;
  /** Guest RAM from address 0, for bus masters. */
  readonly memory: Uint8Array;
  /** Virtual time in ns. */
  now(): number;
  /** Drive interrupt line `gsi`, 0-15. */
  setIrq(gsi: number, level: boolean): void;
}

/** A conventional emulator: called for each access, and when time has come. */
export interface Emulator {
  /** One element at a port or guest-physical address: unsigned. */
  read(address: number, width: number): number;
  write(address: number, width: number, value: number): void;
  /** Bytes that arrive at UART `index`: the number that it takes. */
  input(index: number, bytes: Uint8Array): number;
  /** Absolute virtual ns at which it has to act by itself, or undefined. */
  nextDeadline(): number | undefined;
  /** Virtual time has reached `ns`. */
  advanceTo(ns: number): void;
  reset(): void;
  /** Bring what the guest wrote to the machine's disks, for one that keeps copies of them; problems, one line each. */
  flush?(): string[];
  /** The machine runs no more. */
  close?(): void;
}

/** What out-of-guest processes host in place of the firmware binary. */
export interface EmulatorConfig {
  /** What people call it. */
  readonly name: string;
  /** Devices (bit mask of DEVICE_*) that it emulates where they are placed in a process. */
  readonly devices: number;
  create(machine: EmulatorMachine): Emulator;
}

/** An emulator of another make as a server: the same emulator, one element at a time, brought to the present first. */
export class EmulatorServer implements IoServer {
  /** @param schedule its next deadline may have moved: absolute ns, or undefined */
  constructor(
    private readonly emulator: Emulator,
    private readonly machine: EmulatorMachine,
    private readonly memory: GuestMemory,
    private readonly schedule: (deadline: number | undefined) => void,
  ) {}

  reset(): void {
    this.emulator.reset();
    this.schedule(this.emulator.nextDeadline());
  }

  /** Its deadline has come. */
  wake(): void {
    this.emulator.advanceTo(this.machine.now());
    this.memory.writes++;
    this.schedule(this.emulator.nextDeadline());
  }

  flush(): string[] {
    return this.emulator.flush?.() ?? [];
  }

  close(): void {
    this.emulator.close?.();
  }

  read(device: number, _space: number, address: number, width: number): number {
    this.emulator.advanceTo(this.machine.now());
    const value = this.emulator.read(address, width);
    this.noteBusMaster(device);
    this.schedule(this.emulator.nextDeadline());
    return value;
  }

  write(device: number, _space: number, address: number, width: number, value: number): boolean {
    this.emulator.advanceTo(this.machine.now());
    this.emulator.write(address, width, value);
    this.noteBusMaster(device);
    this.schedule(this.emulator.nextDeadline());
    return false;
  }

  input(index: number, bytes: Uint8Array): number {
    this.emulator.advanceTo(this.machine.now());
    const taken = this.emulator.input(index, bytes);
    this.schedule(this.emulator.nextDeadline());
    return taken;
  }

  string(_device: number, exit: VmExit, count: number): number {
    const { address, width } = exit;
    this.emulator.advanceTo(this.machine.now());
    const done = moveElements(
      this.memory,
      exit,
      count,
      () => this.emulator.read(address, width),
      (value) => this.emulator.write(address, width, value),
    );
    this.schedule(this.emulator.nextDeadline());
    return done;
  }

  /** An access to the drives may have moved data by DMA; what time brings comes with `wake`. */
  private noteBusMaster(device: number): void {
    if (device === DEVICE_IDE) this.memory.writes++;
  }

  event(): void {}

  timer(): void {}
}
