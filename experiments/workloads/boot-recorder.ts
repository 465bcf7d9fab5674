import { CHANNEL_DEBUG, CHANNEL_PROBE } from '../../hypervisor/abi/hypercalls';
import { DEVICE_NAMES } from '../../hypervisor/device-names';
import type { Machine } from '../../hypervisor/machine';
import { Counter } from '../../hypervisor/trace/counters';

/** With what a phase begins: a probe (16 bits, at port 404h), or text on the debug console or the serial line. */
export type Sign = { probe: number } | { text: string };

/** What a boot said, and when: virtual ns. */
export interface Mark {
  time: number;
  text: string;
}

/** What happened between the sign that begins a phase and that of the next. */
export interface Phase {
  name: string;
  /** Virtual ns. */
  elapsed: number;
  /** Nanoseconds by Payer. */
  charged: number[];
  /** VM exits by DEVICE_*. */
  exits: number[];
}

interface Cut {
  time: number;
  charged: number[];
  exits: number[];
}

/** Listens to a boot's debug console, probes and serial line, and takes stock of the machine at the sign of each phase. */
export class BootRecorder {
  readonly marks: Mark[] = [];
  machine: Machine | undefined;
  private readonly cuts: Cut[] = [];
  private debugLine = '';
  private serialLine = '';

  /**
   * @param names of the phases
   * @param signs with which they begin, and a last one with which the boot is over
   */
  constructor(
    private readonly names: readonly string[],
    private readonly signs: readonly Sign[],
  ) {}

  get over(): boolean {
    return this.cuts.length === this.signs.length;
  }

  /** For `MachineConfig.debug`. */
  readonly debug = (channel: number, value: number): void => {
    if (channel === CHANNEL_PROBE) {
      this.mark(`probe ${value}`);
      const sign = this.signs[this.cuts.length];
      if (sign && 'probe' in sign && sign.probe === value) this.cut();
    }
    if (channel === CHANNEL_DEBUG) this.debugLine = this.hear(this.debugLine, value, true);
  };

  /** For a UART's sink. */
  readonly serial = (byte: number): void => {
    this.serialLine = this.hear(this.serialLine, byte, false);
  };

  /** @throws when the boot is not over: there is nothing to compare then */
  phases(): Phase[] {
    if (!this.over) throw new Error(`the boot did not come to phase ${this.names[this.cuts.length] ?? 'end'}`);
    const less = (after: number[], before: number[]) => after.map((value, index) => value - before[index]!);
    return this.names.map((name, index) => {
      const [before, after] = [this.cuts[index]!, this.cuts[index + 1]!];
      return {
        name,
        elapsed: after.time - before.time,
        charged: less(after.charged, before.charged),
        exits: less(after.exits, before.exits),
      };
    });
  }

  /** The line with `byte` on it, or an empty one after its end. */
  private hear(line: string, byte: number, marked: boolean): string {
    const character = String.fromCharCode(byte);
    if (character === '\n') {
      if (marked && line.trim() !== '') this.mark(line.trimEnd());
      return '';
    }
    const longer = line + character;
    const sign = this.signs[this.cuts.length];
    if (sign && 'text' in sign && longer.endsWith(sign.text)) {
      if (!marked) this.mark(`serial: ${sign.text}`);
      this.cut();
    }
    return longer;
  }

  private mark(text: string): void {
    this.marks.push({ time: this.machine!.platform.clock.now, text });
  }

  private cut(): void {
    const { clock, counters } = this.machine!.platform;
    this.cuts.push({
      time: clock.now,
      charged: Array.from(clock.charged),
      exits: DEVICE_NAMES.map((_, device) => counters.get(device, Counter.VM_EXITS)),
    });
  }
}
