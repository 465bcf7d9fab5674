import type { Deviation } from '../deviations';
import {
  CHANNELS,
  dataWord,
  type IssuedCommand,
  issuedCommands,
  lastIndex,
  readsOutcome,
  readsRegister,
  touches,
} from './history';
import type { Step } from './ide-under-test';
import type { Drive, IdeMachine } from './machines';
import { busMaster, type ChannelNumber, commandBlock, controlPort } from './verbs';

/** One thing that ours and QEMU disagree about, in a program's terms: one byte, one data element or one line. */
export interface IdeMismatch {
  readonly machine: IdeMachine;
  /** All steps of the program, of which `steps[index]` gave different values. */
  readonly steps: readonly Step[];
  readonly index: number;
  /** `steps[index]`, narrowed down: one register of a wide access, one channel of a `settle`. */
  readonly step: Step;
  /** Which element of an `ins` step. */
  readonly element: number;
  readonly ours: number;
  readonly qemu: number;
}

/** Takes a difference apart, so that each part can have its own explanation. */
function partsOf(mismatch: IdeMismatch): IdeMismatch[] {
  const { step, ours, qemu } = mismatch;
  const differs = (mask: number): boolean => ((ours ^ qemu) & mask) !== 0;
  if (step.kind === 'settle') {
    return CHANNELS.filter((channel) => differs(1 << channel)).map((channel) => {
      const mask = 1 << channel;
      return { ...mismatch, step: { kind: 'settle', channels: mask }, ours: ours & mask, qemu: qemu & mask };
    });
  }
  if (step.kind !== 'in' || step.width !== 2 || CHANNELS.some((channel) => step.port === commandBlock(channel))) {
    return [mismatch];
  }
  return [0, 8]
    .filter((shift) => differs(0xff << shift))
    .map((shift) => {
      const byte: Step = { kind: 'in', port: step.port + shift / 8, width: 1 };
      return { ...mismatch, step: byte, ours: (ours >> shift) & 0xff, qemu: (qemu >> shift) & 0xff };
    });
}

const SOFTWARE_RESET = 0x04;
const INTERRUPT = 0x04;
const BUSY = 0x80;
const DIAGNOSTIC = 0x90;
const PACKET = 0xa0;
const ABORTED_STATUS = 0x41;
const ABORTED_ERROR = 0x04;
const CHECKS_ADDRESS: readonly number[] = [0x40, 0x41, 0x42, 0x70];

const raisesReset =
  (channel: ChannelNumber) =>
  (step: Step): boolean =>
    step.kind === 'out' && step.port === controlPort(channel) && (step.value & SOFTWARE_RESET) !== 0;

/**
 * The row's test for an interrupt that only one side has had: its line until Status is read, its INTR bit until that is
 * cleared. `cause` gives the step on a channel that it comes from, -1 if there is none.
 */
function isExtraInterrupt(
  mismatch: IdeMismatch,
  side: 'ours' | 'qemu',
  cause: (channel: ChannelNumber) => number,
): boolean {
  const { steps, index, step, ours, qemu } = mismatch;
  const extra = side === 'ours' ? ours & ~qemu : qemu & ~ours;
  return CHANNELS.some((channel) => {
    if (step.kind === 'settle') {
      const status = commandBlock(channel) + 7;
      const lowered = lastIndex(steps, index, (it) => touches(it, 'in', status));
      return step.channels === 1 << channel && extra !== 0 && cause(channel) > lowered;
    }
    const status = busMaster(channel) + 2;
    const clears = (it: Step): boolean =>
      it.kind === 'out' && touches(it, 'out', status) && (it.value & INTERRUPT) !== 0;
    if (!touches(step, 'in', status) || extra !== INTERRUPT) return false;
    return cause(channel) > lastIndex(steps, index, clears);
  });
}

/** What a write that touches the Device register puts there. */
function deviceByte(step: Step & { kind: 'out' }, channel: ChannelNumber): number {
  return (step.value >>> (8 * (commandBlock(channel) + 6 - step.port))) & 0xff;
}

function driveAt(machine: IdeMachine, channel: ChannelNumber, device: 0 | 1): Drive | undefined {
  return machine.drives.find(({ slot }) => slot === 2 * channel + device);
}

/** The row's test for differences in a command's outcome, where `chosen` says which commands are meant. */
function outcomeOf(
  mismatch: IdeMismatch,
  chosen: (command: IssuedCommand, drive: Drive | undefined) => boolean,
): boolean {
  const { machine, steps, index, step } = mismatch;
  return CHANNELS.some((channel) => {
    if (!readsOutcome(step, channel)) return false;
    const last = issuedCommands(steps, index, channel).at(-1);
    return last !== undefined && chosen(last, driveAt(machine, channel, last.device));
  });
}

/** As `outcomeOf`, with the parameter registers. */
function resultOf(
  mismatch: IdeMismatch,
  chosen: (command: IssuedCommand, drive: Drive | undefined) => boolean,
): boolean {
  const { machine, steps, index, step } = mismatch;
  return CHANNELS.some((channel) => {
    const last = issuedCommands(steps, index, channel).at(-1);
    if (last === undefined || !readsRegister(step, channel)) return false;
    return chosen(last, driveAt(machine, channel, last.device));
  });
}

/** The row's test for differences in data read after a command. */
function dataOf(
  mismatch: IdeMismatch,
  chosen: (command: IssuedCommand, word: number, earlier: readonly IssuedCommand[]) => boolean,
): boolean {
  const { steps, index, step, element } = mismatch;
  return CHANNELS.some((channel) => {
    if ((step.kind !== 'ins' && step.kind !== 'in') || step.port !== commandBlock(channel)) return false;
    const commands = issuedCommands(steps, index, channel);
    const last = commands.at(-1);
    return last !== undefined && chosen(last, dataWord(steps, index, element, last.index), commands);
  });
}

const switchesWriteCache = ({ code, features }: IssuedCommand): boolean =>
  code === 0xef && (features === 0x02 || features === 0x82);

const SMART_LIFE_TIME_WORD = 2;
const SMART_LOG_ENTRY_WORDS = 12;
const LAST_WORD = 255;

/** Attributes end before byte 362; a log entry's life time is its second word. The checksum follows from them. */
function isSmartVendorData({ code, features, lbaLow }: IssuedCommand, word: number): boolean {
  if (code !== 0xb0) return false;
  if (word === LAST_WORD) return true;
  if (features === 0xd0 || features === 0xd1) return word <= 180;
  return features === 0xd5 && lbaLow === 0x06 && word % SMART_LOG_ENTRY_WORDS === SMART_LIFE_TIME_WORD;
}

const setsAutosave = ({ code, features }: IssuedCommand): boolean => code === 0xb0 && features === 0xd2;

export const ideDeviations: readonly Deviation<IdeMismatch>[] = [
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
    id: 'identify-current-settings',
    what: 'IDENTIFY DEVICE after SET MULTIPLE MODE or INITIALIZE DEVICE PARAMETERS',
    qemu: 'answers with the block that it built for the first IDENTIFY DEVICE',
    ours: 'shows the current block size in word 59 and the current translation in words 54 to 58',
    why: 'These words are defined as current settings; a driver reads them back to see whether its change took',
    clause: '[ATA-6] 8.15.24 (word 59), [ATA-5] 8.12.20 to 8.12.24 (words 54 to 58)',
    matches: (mismatch) => dataOf(mismatch, ({ code }, word) => code === 0xec && word >= 54 && word <= 59),
  },
  {
    device: 'ide',
    id: 'packet-device-write-cache',
    what: 'SET FEATURES 02h or 82h (write cache on or off) to a CD-ROM drive',
    qemu: 'succeeds, and changes word 85 of IDENTIFY PACKET DEVICE',
    ours: 'aborts the command',
    why: 'A feature that word 82 says is not there cannot be switched',
    clause: '[ATA-6] 8.46.6: ABRT if the subcommand is not supported',
    matches: (mismatch) =>
      outcomeOf(mismatch, (command, drive) => drive?.kind === 'cd-rom' && switchesWriteCache(command)) ||
      dataOf(mismatch, ({ code }, word, earlier) => code === 0xa1 && word === 85 && earlier.some(switchesWriteCache)),
  },
  {
    device: 'ide',
    id: 'verify-range',
    what: 'READ VERIFY SECTOR(S) (EXT) or SEEK beyond the last sector',
    qemu: 'succeeds without looking at the address',
    ours: 'aborts the command',
    why: 'A tool that verifies a disk to find its end, or its bad sectors, would be told that there are sectors',
    clause: '[ATA-6] 8.36.6, 8.37.6, 8.44.6: IDNF or ABRT for an address that is not user-accessible',
    matches: (mismatch) =>
      outcomeOf(mismatch, ({ code }, drive) => drive?.kind === 'disk' && CHECKS_ADDRESS.includes(code)) &&
      [ABORTED_STATUS, ABORTED_ERROR].includes(mismatch.ours & 0xff),
  },
  {
    device: 'ide',
    id: 'smart-vendor-data',
    what: 'The attributes, thresholds and times that SMART READ DATA, READ ATTRIBUTE THRESHOLDS and the self-test log hold',
    qemu: 'reports seven attributes of an invented drive',
    ours: 'reports none, and a life time of zero',
    why: "They are the vendor's to define, and a drive that does not age has nothing to say",
    clause: '[ATA-6] 8.51.6, table 48: bytes 0 to 361 are vendor specific',
    matches: (mismatch) => dataOf(mismatch, isSmartVendorData),
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
    id: 'smart-autosave-register',
    what: 'SMART ENABLE/DISABLE ATTRIBUTE AUTOSAVE (D2h), and byte 362 of SMART READ DATA after it',
    qemu: 'takes the setting from LBA Low',
    ours: 'takes the setting from Sector Count',
    why: 'A driver that follows the standard would have its command aborted, or the wrong setting made',
    clause: '[ATA-6] 8.51.3.3: Sector Count 00h disables, F1h enables',
    matches: (mismatch) =>
      outcomeOf(mismatch, setsAutosave) ||
      dataOf(mismatch, ({ code, features }, word, earlier) => {
        return code === 0xb0 && features === 0xd0 && word === 181 && earlier.some(setsAutosave);
      }),
  },
  {
    device: 'ide',
    id: 'device-reset-code',
    what: 'The Error register after DEVICE RESET',
    qemu: 'is zero',
    ours: 'holds the diagnostic code 01h',
    why: 'Zero is not a diagnostic code; a driver that checks it would take the drive for broken',
    clause: '[ATA-6] 8.9.5: the diagnostic code, as table 23 has it',
    matches: (mismatch) =>
      outcomeOf(mismatch, ({ code }, drive) => code === 0x08 && drive?.kind === 'cd-rom') &&
      (mismatch.ours ^ mismatch.qemu) === 1,
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
    id: 'diagnostic-both-devices',
    what: 'EXECUTE DEVICE DIAGNOSTIC while device 1 is selected, or with a device 1 present',
    qemu: 'is for the selected device alone, and is ignored for an absent one',
    ours: 'runs in both devices, after which device 0 is selected and has asserted INTRQ',
    why: 'A driver issues it once for a cable, and looks at device 0 for the result',
    clause: '[ATA-6] 8.11.3 and 9.10: executed by both devices, whichever is selected',
    matches: ({ steps, index }) =>
      CHANNELS.some((channel) => issuedCommands(steps, index, channel).some(({ code }) => code === DIAGNOSTIC)),
  },
  {
    device: 'ide',
    id: 'security-freeze-lock',
    what: 'Command F5h',
    qemu: 'succeeds, as the CompactFlash command WEAR LEVEL, and clears Sector Count',
    ours: 'aborts the command',
    why: 'On a disk F5h is SECURITY FREEZE LOCK, of a feature set that word 82 says is not there',
    clause: '[ATA-6] 8.41.2: aborted if the Security Mode feature set is not implemented',
    matches: (mismatch) => resultOf(mismatch, ({ code }, drive) => code === 0xf5 && drive?.kind === 'disk'),
  },
  {
    device: 'ide',
    id: 'packet-limit-zero',
    what: 'A packet command with a PIO data phase and a byte count limit of zero',
    qemu: 'aborts the command without an interrupt',
    ours: 'asserts INTRQ as at the end of every command',
    why: 'A driver that waits for the interrupt of its PACKET command would wait for ever',
    clause: '[ATA-6] 9.8, state DP4: INTRQ is asserted with the ending status',
    matches: (mismatch) =>
      isExtraInterrupt(mismatch, 'ours', (channel) => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).at(-1);
        const pio = last?.code === PACKET && (last.features & 1) === 0;
        return pio && last.cylinder === 0 ? last.index : -1;
      }),
  },
  {
    device: 'ide',
    id: 'standby-shows',
    what: 'CHECK POWER MODE after STANDBY (IMMEDIATE) or SLEEP',
    qemu: 'always reports FFh, active or idle',
    ours: 'reports 00h until a command has needed the medium',
    why: 'Tools that must not wake a sleeping disk ask first, and would never find one asleep',
    clause: '[ATA-6] 8.7.5: 00h for a device in Standby mode',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }) => code === 0xe5 || code === 0x98) && mismatch.ours === 0 && mismatch.qemu === 0xff,
  },
  {
    device: 'ide',
    id: 'packet-long-table',
    what: 'Bus-master status after a packet command by DMA whose PRD table is longer than its data',
    qemu: 'clears ACTIVE',
    ours: 'leaves ACTIVE set',
    why: 'The two bits together tell a driver how its table and the data compare, and QEMU does so for disks',
    clause: '[SFF-8038i] 3.2: interrupt and ACTIVE both set when the PRD specify more than the device transferred',
    matches: ({ steps, index, step, ours, qemu }) =>
      CHANNELS.some((channel) => {
        const last = issuedCommands(steps, index, channel).at(-1);
        const byDma = last?.code === PACKET && (last.features & 1) === 1;
        return byDma && touches(step, 'in', busMaster(channel) + 2) && (ours & ~qemu) === 0x01;
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
          const select = steps[lastIndex(steps, index, (it) => touches(it, 'out', commandBlock(channel) + 6))];
          const device1 = select?.kind === 'out' && (deviceByte(select, channel) & 0x10) !== 0;
          return lacksMaster(channel) && !device1 && readsRegister(step, channel);
        })
      );
    },
  },
];

/** The ids of the rows that explain a difference, or `undefined` if a part of it has no explanation. */
export function explainIdeDeviation(mismatch: IdeMismatch): string[] | undefined {
  const ids = partsOf(mismatch).map((part) => ideDeviations.find((row) => row.matches(part))?.id);
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
