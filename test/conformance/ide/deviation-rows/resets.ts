/** Deviations about resets, diagnostics and devices that are not there. */

import type { Deviation } from '../../deviations';
import { CHANNELS, issuedCommands, lastIndex, readsData, readsOutcome, readsRegister, touches } from '../history';
import type { IdeMismatch } from '../mismatch';
import {
  BUSY,
  DEVICE_1,
  DIAGNOSTIC,
  driveAt,
  isExtraInterrupt,
  raisesReset,
  resultOf,
  selectsDevice1,
} from '../mismatch';
import { busMaster, type ChannelNumber, commandBlock, controlPort } from '../verbs';

export const resetDeviations: readonly Deviation<IdeMismatch>[] = [
  {
    device: 'ide',
    id: 'power-on',
    what: 'Error and, of a CD-ROM drive, Status before the first command to the drive or the first software reset',
    qemu: 'zero and ready',
    ours: 'the diagnostic code 01h, and zero',
    why: 'A hardware reset ends as a software reset does, with a diagnostic and the signature',
    clause: '[ATA-6] 9.1, 9.12',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const selected = selectsDevice1(steps, index, channel) ? 1 : 0;
        const used = issuedCommands(steps, index, channel).some(({ device }) => device === selected);
        const reset = lastIndex(steps, index, raisesReset(channel)) >= 0;
        return !used && !reset && readsOutcome(step, channel);
      }),
  },
  {
    device: 'ide',
    id: 'reset-interrupt',
    what: 'Software reset by SRST, then the interrupt line before Status is read, or INTR of the bus master before it is cleared',
    qemu: 'asserts INTRQ when the reset is through',
    ours: 'leaves INTRQ negated',
    why: 'The host that has set SRST waits for BSY to clear; the protocol has no interrupt in it',
    clause: '[ATA-6] 9.2, states D0SR1 to D0SR3: no transition asserts INTRQ',
    matches: (mismatch) =>
      isExtraInterrupt(mismatch, 'qemu', (channel) => lastIndex(mismatch.steps, mismatch.index, raisesReset(channel))),
  },
  {
    device: 'ide',
    id: 'reset-held',
    what: 'Status or Alternate Status while SRST is still set',
    qemu: 'is through with the reset although SRST is set',
    ours: 'shows BSY until SRST is cleared',
    why: 'The reset lasts as long as the host holds SRST; a device leaves it only when the bit is cleared',
    clause: '[ATA-6] 9.2, state D0SR0: BSY set, left when SRST is cleared to zero',
    matches({ steps, index, step, ours, qemu }) {
      return CHANNELS.some((channel) => {
        if (!touches(step, 'in', commandBlock(channel) + 7) && !touches(step, 'in', controlPort(channel))) return false;
        const control = lastIndex(steps, index, (earlier) => touches(earlier, 'out', controlPort(channel)));
        return control >= 0 && raisesReset(channel)(steps[control]) && (ours & BUSY) !== 0 && (qemu & BUSY) === 0;
      });
    },
  },
  {
    device: 'ide',
    id: 'settings-kept',
    what: 'Software reset after SET FEATURES 66h (do not revert to power-on defaults)',
    qemu: 'reverts the block size of READ MULTIPLE, and never the write cache',
    ours: 'keeps the settings; without 66h, or after CCh, all of them revert',
    why: 'A driver that has asked for its settings to stay relies on it',
    clause: '[ATA-6] 8.46.14: enable and disable reverting to power-on defaults',
    matches: (mismatch) => {
      const { steps, index, step } = mismatch;
      return CHANNELS.some((channel) => {
        const keeps = issuedCommands(steps, index, channel).some(
          ({ code, features }) => code === 0xef && features === 0x66,
        );
        const reset = lastIndex(steps, index, raisesReset(channel)) >= 0;
        return keeps && reset && (readsRegister(step, channel) || readsData(step, channel) || step.kind === 'settle');
      });
    },
  },
  {
    device: 'ide',
    id: 'reset-selection',
    what: 'Any register after a software reset while device 1 was selected, before Device is written',
    qemu: 'shows DEV clear, but goes on talking to device 1',
    ours: 'has device 0 selected',
    why: 'The reset clears the Device register, and DEV with it, in both devices',
    clause: '[ATA-6] 9.2 and 9.12: the Device register is set to 00h',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        if (!readsRegister(step, channel)) return false;
        const reset = lastIndex(steps, index, raisesReset(channel));
        return reset > lastIndex(steps, index, (it) => touches(it, 'out', commandBlock(channel) + 6));
      }),
  },
  {
    device: 'ide',
    id: 'packet-device-diagnostic',
    what: 'EXECUTE DEVICE DIAGNOSTIC to a CD-ROM drive',
    qemu: 'ends without an interrupt',
    ours: 'asserts INTRQ',
    why: 'A driver that issues it with interrupts enabled would wait for ever',
    clause: '[ATA-6] 9.10, state D0ED3: assert INTRQ and clear BSY',
    matches: (mismatch) =>
      isExtraInterrupt(mismatch, 'ours', (channel) => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).findLast(
          ({ code }) => code === DIAGNOSTIC,
        );
        const drive = last && driveAt(mismatch.machine, channel, last.device);
        return drive?.kind === 'cd-rom' ? last!.index : -1;
      }),
  },
  {
    device: 'ide',
    id: 'diagnostic-both-devices',
    what: 'EXECUTE DEVICE DIAGNOSTIC while device 1 is selected, or with a device 1 present',
    qemu: 'is for the selected device alone, and is ignored for an absent one',
    ours: 'runs in both devices, after which device 0 is selected and, if it is there, has asserted INTRQ',
    why: 'A driver issues it once for a cable, and looks at device 0 for the result',
    clause: '[ATA-6] 8.11.3 and 9.10: executed by both devices, whichever is selected; device 1 asserts nothing',
    matches: (mismatch) => {
      const cause = (channel: ChannelNumber): number => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).at(-1);
        return last?.code === DIAGNOSTIC ? last.index : -1;
      };
      const isInterrupt = isExtraInterrupt(mismatch, 'ours', cause) || isExtraInterrupt(mismatch, 'qemu', cause);
      return isInterrupt || resultOf(mismatch, ({ code }) => code === DIAGNOSTIC);
    },
  },
  {
    device: 'ide',
    id: 'device-reset-code',
    what: 'Error, and DEV of a device 1, after DEVICE RESET',
    qemu: 'are zero, although device 1 stays selected',
    ours: 'hold the diagnostic code 01h, and that device 1 is selected',
    why: 'Zero is not a diagnostic code; and DEV says who answers',
    clause: '[ATA-6] 8.9.5: the diagnostic code, as table 23 has it; 9.12: Device 00h or 10h',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }, drive) => code === 0x08 && drive?.kind === 'cd-rom') &&
      [0x01, DEVICE_1].includes(mismatch.ours ^ mismatch.qemu),
  },
  {
    device: 'ide',
    id: 'absent-device-1',
    what: 'Error, Sector Count and the LBA registers of an absent device 1 beside a device 0',
    qemu: 'keeps registers for it, with FFh in LBA Mid and High after a reset',
    ours: 'shows those of device 0',
    why: 'There is one device on the cable, and it answers',
    clause: '[ATA-6] 9.16.1: device 0 responds as if it were selected, with a Status of zero',
    matches: ({ machine, steps, index, step }) =>
      CHANNELS.some((channel) => {
        const alone = driveAt(machine, channel, 0) !== undefined && driveAt(machine, channel, 1) === undefined;
        const base = commandBlock(channel);
        return (
          alone && selectsDevice1(steps, index, channel) && [1, 2, 3, 4, 5].some((at) => touches(step, 'in', base + at))
        );
      }),
  },
  {
    device: 'ide',
    id: 'absent-device-0',
    what: 'Registers of device 0 on a cable that has a device 1 alone, commands to it there and on a cable without devices',
    qemu: 'shows a ready drive there, which aborts commands and interrupts',
    ours: 'shows a Status and an Error register of zero, and takes no commands',
    why: 'There is nothing that could answer',
    clause: '[ATA-6] 9.16.2: the host shall find that device 0 does not respond',
    matches(mismatch) {
      const { machine, steps, index, step } = mismatch;
      const lacksMaster = (channel: ChannelNumber): boolean => driveAt(machine, channel, 0) === undefined;
      const toMaster = (channel: ChannelNumber): number =>
        issuedCommands(steps, index, channel).findLast(({ device }) => device === 0)?.index ?? -1;
      return (
        isExtraInterrupt(mismatch, 'qemu', (channel) => (lacksMaster(channel) ? toMaster(channel) : -1)) ||
        CHANNELS.some((channel) => {
          return lacksMaster(channel) && !selectsDevice1(steps, index, channel) && readsRegister(step, channel);
        })
      );
    },
  },
  {
    device: 'ide',
    id: 'interrupt-pending',
    what: 'The interrupt line after the other device is selected, or nIEN changed, while an interrupt is pending',
    qemu: 'has one line for both devices, loses what comes while nIEN is set, and keeps what came before',
    ours: 'drives the line with what is pending in the selected device, while nIEN is clear',
    why: 'A handler that looks at both devices would miss the second, or never see the line fall',
    clause: '[ATA-6] 5.2.9: asserted by the selected device when an interrupt is pending and nIEN is zero; 7.8',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const isLine = step.kind === 'settle' && step.channels === 1 << channel;
        if (!isLine && !touches(step, 'in', busMaster(channel) + 2)) return false;
        const base = commandBlock(channel);
        const moved = lastIndex(steps, index, (it) => {
          return touches(it, 'out', base + 6) || touches(it, 'out', controlPort(channel));
        });
        return moved > lastIndex(steps, index, (it) => touches(it, 'in', base + 7) || touches(it, 'out', base + 7));
      }),
  },
];
