import type { Deviation } from '../deviations';
import type { Step } from './ide-under-test';
import type { IdeMachine } from './machines';
import { busMaster, type ChannelNumber, commandBlock, controlPort } from './verbs';

/** The first thing that ours and QEMU disagree about, in a program's terms. */
export interface IdeMismatch {
  readonly machine: IdeMachine;
  /** All steps of the program, of which `steps[index]` gave different values. */
  readonly steps: readonly Step[];
  readonly index: number;
  /** Which element of an `ins` step. */
  readonly element: number;
  readonly ours: number;
  readonly qemu: number;
}

const CHANNELS: readonly ChannelNumber[] = [0, 1];
const SOFTWARE_RESET = 0x04;
const INTERRUPT = 0x04;

/** Whether the step is an access that touches `port`; wide accesses to byte registers touch the next ones too. */
function touches(step: Step, kind: 'in' | 'out', port: number): boolean {
  return step.kind === kind && step.port <= port && port < step.port + step.width;
}

/** Index of the last step before `end` for which `test` holds, -1 if there is none. */
function lastIndex(steps: readonly Step[], end: number, test: (step: Step) => boolean): number {
  for (let index = end - 1; index >= 0; index--) {
    if (test(steps[index])) return index;
  }
  return -1;
}

const raisesReset =
  (channel: ChannelNumber) =>
  (step: Step): boolean =>
    step.kind === 'out' && step.port === controlPort(channel) && (step.value & SOFTWARE_RESET) !== 0;

/** Interrupt lines that differ, as channels. */
function differingLines({ ours, qemu }: IdeMismatch): ChannelNumber[] {
  return CHANNELS.filter((channel) => (((ours ^ qemu) >> channel) & 1) !== 0);
}

export const ideDeviations: readonly Deviation<IdeMismatch>[] = [
  {
    device: 'ide',
    id: 'reset-interrupt',
    what: 'Software reset by SRST, then the interrupt line before Status is read, or INTR of the bus master before it is cleared',
    qemu: 'asserts INTRQ when the reset is through',
    ours: 'leaves INTRQ negated',
    why: 'The host that has set SRST waits for BSY to clear; the protocol has no interrupt in it',
    clause: '[ATA-6] 9.2, states D0SR1 to D0SR3: no transition asserts INTRQ',
    matches(mismatch) {
      const { steps, index, ours, qemu } = mismatch;
      const step = steps[index];
      if (step.kind === 'settle') {
        return differingLines(mismatch).every((channel) => {
          const reset = lastIndex(steps, index, raisesReset(channel));
          const read = lastIndex(steps, index, (earlier) => touches(earlier, 'in', commandBlock(channel) + 7));
          return ((qemu >> channel) & 1) === 1 && reset > read;
        });
      }
      return CHANNELS.some((channel) => {
        if (!touches(step, 'in', busMaster(channel) + 2) || (ours ^ qemu) !== INTERRUPT) return false;
        const reset = lastIndex(steps, index, raisesReset(channel));
        const clearing = (earlier: Step): boolean =>
          touches(earlier, 'out', busMaster(channel) + 2) &&
          earlier.kind === 'out' &&
          (earlier.value & INTERRUPT) !== 0;
        return (qemu & INTERRUPT) !== 0 && reset > lastIndex(steps, index, clearing);
      });
    },
  },
  {
    device: 'ide',
    id: 'reset-held',
    what: 'Status or Alternate Status while SRST is still set',
    qemu: 'is through with the reset although SRST is set',
    ours: 'shows BSY until SRST is cleared',
    why: 'The reset lasts as long as the host holds SRST; a device leaves it only when the bit is cleared',
    clause: '[ATA-6] 9.2, state D0SR0: BSY set, left when SRST is cleared to zero',
    matches({ steps, index, ours, qemu }) {
      const step = steps[index];
      return CHANNELS.some((channel) => {
        if (!touches(step, 'in', commandBlock(channel) + 7) && !touches(step, 'in', controlPort(channel))) return false;
        const control = lastIndex(steps, index, (earlier) => touches(earlier, 'out', controlPort(channel)));
        return control >= 0 && raisesReset(channel)(steps[control]) && (ours & 0x80) !== 0 && (qemu & 0x80) === 0;
      });
    },
  },
];

/** The id of the row that explains a difference, or `undefined`. */
export function explainIdeDeviation(mismatch: IdeMismatch): string | undefined {
  return ideDeviations.find((row) => row.matches(mismatch))?.id;
}
