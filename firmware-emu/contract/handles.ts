import { MACHINE_A20, MACHINE_POWER_OFF, MACHINE_RESET } from '../../hypervisor/abi/hypercalls';
import { machine, setIrq, setTimer } from '../hypercalls';

/**
 * What a device model holds of the world: a line, a clock, a timer. A model never sees an interrupt number, a timer number
 * or a frame, so it can be wired anywhere and tested alone.
 *
 * Handles live in the device's own state page; models refer to them by pointer, which stays valid after save and restore
 * because the page has a fixed guest-physical address.
 */

/** Level-holding interrupt line. The hypercall is made only when the level changes. */
@unmanaged
export class Line {
  private gsi: u32;
  private level: u32;
  /** The next driver of the same line, in a ring: the line is asserted while any of them asserts it. */
  private next: Line;

  connect(gsi: u32): void {
    this.gsi = gsi;
    this.level = 0;
    this.next = this;
  }

  /** Drive the line that `other` drives, as COM1 and COM3 do. Call after both were connected. */
  shareWith(other: Line): void {
    const next = this.next;
    this.next = other.next;
    other.next = next;
  }

  /** Let go of the line. */
  disconnect(): void {
    this.set(false);
    let last = this.next;
    while (last.next != this) last = last.next;
    last.next = this.next;
    this.next = this;
  }

  /** Drive the line: true is asserted (high on the ISA bus). */
  @inline
  set(asserted: bool): void {
    const level: u32 = asserted ? 1 : 0;
    if (level != this.level) this.change(level);
  }

  private change(level: u32): void {
    this.level = level;
    for (let other = this.next; other != this; other = other.next) if (other.level != 0) return;
    setIrq(this.gsi, level);
  }
}

/** Virtual time: a view of the frame through which the present entry came. Wiring points it there at every entry. */
@unmanaged
export class Clock {
  private time: u64;

  /** Nanoseconds since the machine was reset. */
  @inline
  now(): u64 {
    return this.time;
  }
}

const DISARMED: u64 = u64.MAX_VALUE;

/** One-shot wake-up with at most one deadline. The hypercall is made only when the deadline changes. */
@unmanaged
export class Timer {
  private deadline: u64;
  private id: u32;

  connect(id: u32): void {
    this.id = id;
    this.deadline = DISARMED;
  }

  /** Wake up at `deadline`, in nanoseconds since reset; a deadline in the past fires at once. */
  arm(deadline: u64): void {
    if (deadline == this.deadline) return;
    this.deadline = deadline;
    setTimer(this.id, <u32>deadline, <u32>(deadline >> 32));
  }

  disarm(): void {
    this.arm(DISARMED);
  }

  /** The hypervisor fired this timer: it holds no deadline any more. Call before the model is told. */
  fired(): void {
    this.deadline = DISARMED;
  }
}

/** What some devices can do to the machine as a whole. It has no state; each takes effect when the firmware returns. */
@unmanaged
export class Machine {
  /** Open or close address line 20. */
  openAddressLine20(open: bool): void {
    machine(MACHINE_A20, open ? 1 : 0);
  }

  reset(): void {
    machine(MACHINE_RESET, 0);
  }

  powerOff(): void {
    machine(MACHINE_POWER_OFF, 0);
  }
}
