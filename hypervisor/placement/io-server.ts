import type { VmExit } from '../abi/vcpu';

/** What `IoServer.read` and `IoServer.string` give when the answer comes later, with an event. */
export const DEFERRED = -1;

/**
 * Whoever serves a device's accesses; Xen's name for it is ioreq server. The firmware is one, in whatever place it runs; the
 * interrupt controller is one, always in the hypervisor; and an emulator of another make can be one.
 */
export interface IoServer {
  /** Read `width` bytes (1, 2, 4) of `device` at `address`; the value, unsigned, or DEFERRED. */
  read(device: number, space: number, address: number, width: number): number;
  /** True: the write is done only with a later event, and the guest waits for it. */
  write(device: number, space: number, address: number, width: number, value: number): boolean;
  /** Serve at most `count` elements of string I/O on the exit's runs: elements done, or DEFERRED. */
  string(device: number, exit: VmExit, count: number): number;
  /** Event-channel ports have become pending: bit mask. */
  event(pending: number): void;
  /** Timers are due: bit mask. */
  timer(due: number): void;
}
