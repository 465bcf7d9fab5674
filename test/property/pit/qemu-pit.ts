import type { QemuBench, QemuClock } from '../../helpers/device-program/qemu-runner';
import type { Step } from '../../helpers/device-program/steps';
import { portRead, portWrite } from '../../helpers/qtest/qtest-client';

const HERTZ = 1_193_182;
const NS_PER_SECOND = 1_000_000_000;
const CONTROL = 0x43;
const LSB_THEN_MSB = 3;

/** Bytes of a count that wait for the CLK pulse which loads it. */
interface Held {
  readonly lines: string[];
  due: number;
}

/** QEMU's 8254 as it is. */
export const RAW_QEMU_PIT: QemuBench = {
  machine: ['-machine', 'pc,hpet=off', '-m', '16'],
  intercept: { path: 'ioapic', side: 'in', lines: [0] },
};

/**
 * QEMU's 8254 takes a count the moment its last byte is written; the chip takes it with the next CLK pulse. So that
 * everything after that can be compared, the last byte is given to QEMU when that pulse comes.
 */
export class QemuPitBench implements QemuBench {
  readonly machine = RAW_QEMU_PIT.machine;
  readonly intercept = RAW_QEMU_PIT.intercept;
  /** What is latched outlives QEMU's reset, and so does the level of the interrupt line. */
  readonly prologue = [
    ...[0x40, 0x41, 0x42].flatMap((port) => new Array<string>(3).fill(portRead(port, 1))),
    portWrite(CONTROL, 1, 0x36),
    portWrite(0x40, 1, 0),
    portWrite(0x40, 1, 0),
  ];
  private readonly held = new Map<number, Held>();
  private readonly access = [0, 0, 0];
  private readonly lowWritten = [false, false, false];
  private origin: number | undefined;

  begin(): void {
    this.held.clear();
    this.lowWritten.fill(false);
    this.origin = undefined;
  }

  translate(step: Step, clock: QemuClock): readonly string[] | undefined {
    this.origin ??= clock.now;
    if (step.kind === 'advance') {
      return this.pass(step.ns, clock);
    }
    if (step.kind !== 'out' || step.width !== 1 || step.port < 0x40 || step.port > CONTROL) {
      return undefined;
    }
    return step.port === CONTROL ? this.control(step.value) : this.count(step.port - 0x40, step.value, clock);
  }

  private control(value: number): undefined {
    const select = value >> 6;
    if (select < 3 && (value & 0x30) !== 0) {
      this.access[select] = (value >> 4) & 3;
      this.lowWritten[select] = false;
      this.held.delete(select);
    }
    return undefined;
  }

  private count(counter: number, value: number, clock: QemuClock): readonly string[] | undefined {
    const line = portWrite(0x40 + counter, 1, value);
    const first = this.access[counter] === LSB_THEN_MSB && !this.lowWritten[counter];
    this.lowWritten[counter] = first;
    const waiting = this.held.get(counter);
    if (waiting === undefined && first) {
      return undefined;
    }
    const held = waiting ?? { lines: [], due: 0 };
    held.lines.push(line);
    held.due = this.nextPulse(clock.now);
    this.held.set(counter, held);
    return [];
  }

  /** Programs start at a whole second, so pulses are counted from there. */
  private nextPulse(now: number): number {
    const origin = this.origin!;
    const pulse = Math.floor(((now - origin) * HERTZ) / NS_PER_SECOND) + 1;
    return origin + Math.ceil((pulse * NS_PER_SECOND) / HERTZ);
  }

  private pass(ns: number, clock: QemuClock): readonly string[] {
    const end = clock.now + ns;
    const lines: string[] = [];
    for (const [counter, { lines: waiting, due }] of this.held) {
      if (due <= end) {
        lines.push(clock.pass(due - clock.now), ...waiting);
        this.held.delete(counter);
      }
    }
    lines.push(clock.pass(end - clock.now));
    return lines;
  }
}
