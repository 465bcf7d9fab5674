import {
  GUEST_EVENT_SEND,
  GUEST_NO_CALLBACK,
  GUEST_SET_CALLBACK,
  GUEST_SET_TIMER,
  GUEST_TIME,
} from './abi/guest-hypercalls';
import { GSI_COUNT, STATUS_INVALID, STATUS_OK } from './abi/hypercalls';
import { REG_EAX, REG_EBX, REG_ECX } from './abi/registers';
import { EventChannels } from './events/event-channels';
import { NEVER } from './time/deadlines';

/** What the hypervisor does for a guest with PV drivers. */
export interface GuestCalls {
  /** Virtual ns. */
  clock(): number;
  sendEvent(port: number): void;
  /** @param deadline absolute virtual ns, or NEVER */
  setTimer(deadline: number): void;
  /** Raise and lower interrupt line `gsi`: an edge. */
  pulse(gsi: number): void;
}

const DISARM = 0xffffffff;
const TWO_32 = 2 ** 32;

/** The hypervisor's face towards a guest that knows it is a guest: hypercalls in registers, and one callback interrupt. */
export class GuestInterface {
  private callback: number = GUEST_NO_CALLBACK;

  constructor(private readonly calls: GuestCalls) {}

  /** One VMCALL: arguments and results in the vCPU's registers. */
  hypercall(registers: Int32Array): void {
    const first = registers[REG_EBX]! >>> 0;
    registers[REG_EAX] = this.carryOut(registers[REG_EAX]!, first, registers) ? STATUS_OK : STATUS_INVALID;
  }

  /** A port has become pending that is the guest's own. */
  upcall(): void {
    if (this.callback !== GUEST_NO_CALLBACK) this.calls.pulse(this.callback);
  }

  reset(): void {
    this.callback = GUEST_NO_CALLBACK;
  }

  save(): number {
    return this.callback;
  }

  restore(callback: number): void {
    this.callback = callback;
  }

  private carryOut(number: number, first: number, registers: Int32Array): boolean {
    switch (number) {
      case GUEST_EVENT_SEND:
        if (EventChannels.valid(first)) this.calls.sendEvent(first);
        return EventChannels.valid(first);
      case GUEST_SET_TIMER:
        this.setTimer(first, registers[REG_ECX]! >>> 0);
        return true;
      case GUEST_TIME:
        registers[REG_EBX] = this.calls.clock() % TWO_32;
        registers[REG_ECX] = this.calls.clock() / TWO_32;
        return true;
      case GUEST_SET_CALLBACK:
        if (first < GSI_COUNT || first === GUEST_NO_CALLBACK) this.callback = first;
        return this.callback === first;
      default:
        return false;
    }
  }

  private setTimer(low: number, high: number): void {
    this.calls.setTimer(low === DISARM && high === DISARM ? NEVER : high * TWO_32 + low);
  }
}
