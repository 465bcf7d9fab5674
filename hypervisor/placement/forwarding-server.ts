import type { VmExit } from '../abi/vcpu';
import type { FirmwareServer } from './firmware-server';
import type { IoServer } from './io-server';

/**
 * A device on its way into the guest: accesses go to the in-guest firmware, which hands them on as long as start info names the
 * device; events and timers reach the emulator outside, which still owns it.
 */
export class ForwardingServer implements IoServer {
  constructor(
    private readonly firmware: FirmwareServer,
    private readonly outside: IoServer,
  ) {
    firmware.forwardTo = outside;
  }

  read(device: number, space: number, address: number, width: number): number {
    return this.firmware.read(device, space, address, width);
  }

  write(device: number, space: number, address: number, width: number, value: number): boolean {
    return this.firmware.write(device, space, address, width, value);
  }

  string(device: number, exit: VmExit, count: number): number {
    return this.firmware.string(device, exit, count);
  }

  event(pending: number): void {
    this.outside.event(pending);
  }

  timer(due: number): void {
    this.outside.timer(due);
  }
}
