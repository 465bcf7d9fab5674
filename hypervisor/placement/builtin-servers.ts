import type { VmExit } from '../abi/vcpu';
import type { PicPair } from '../interrupt/pic-pair';
import type { GuestMemory } from '../memory/guest-memory';
import type { VirtualClock } from '../time/clock';
import { Payer } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { moveElements } from '../trap/string-elements';
import type { IoServer } from './io-server';

/** An address that nobody decodes: reads give all ones, writes are dropped. */
export class FloatingBus implements IoServer {
  constructor(private readonly memory: GuestMemory) {}

  read(_device: number, _space: number, _address: number, width: number): number {
    return 0xffffffff >>> (32 - width * 8);
  }

  write(): boolean {
    return false;
  }

  string(_device: number, exit: VmExit, count: number): number {
    return moveElements(
      this.memory,
      exit,
      count,
      () => 0xffffffff,
      () => {},
    );
  }

  event(): void {}

  timer(): void {}
}

/** The interrupt controller's ports, served in the hypervisor; wider accesses reach the 8-bit ports byte by byte, ascending. */
export class PicServer implements IoServer {
  private readonly price: number;

  constructor(
    private readonly pic: PicPair,
    private readonly memory: GuestMemory,
    private readonly clock: VirtualClock,
    cost: CostModel,
  ) {
    this.price = cost.vmExit + cost.deviceAccess + cost.vmEntry;
  }

  read(_device: number, _space: number, address: number, width: number): number {
    this.clock.charge(Payer.HYPERVISOR, this.price);
    let value = 0;
    for (let byte = 0; byte < width; byte++) value += this.pic.read(address + byte) * 2 ** (byte * 8);
    return value;
  }

  write(_device: number, _space: number, address: number, width: number, value: number): boolean {
    this.clock.charge(Payer.HYPERVISOR, this.price);
    for (let byte = 0; byte < width; byte++) this.pic.write(address + byte, (value >>> (byte * 8)) & 0xff);
    return false;
  }

  /** One element, because it may make an interrupt deliverable. */
  string(device: number, exit: VmExit): number {
    const { address, width } = exit;
    return moveElements(
      this.memory,
      exit,
      1,
      () => this.read(device, 0, address, width),
      (value) => this.write(device, 0, address, width, value),
    );
  }

  event(): void {}

  timer(): void {}
}
