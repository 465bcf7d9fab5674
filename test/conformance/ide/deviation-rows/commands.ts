/** Deviations about ATA commands. */

import type { Deviation } from '../../deviations';
import { CHANNELS, type IssuedCommand, issuedCommands, readsData, readsRegister, touches } from '../history';
import type { Step } from '../ide-under-test';
import type { IdeMismatch } from '../mismatch';
import {
  ABORTED_ERROR,
  ABORTED_STATUS,
  CHECKS_ADDRESS,
  countLeftBy,
  dataOf,
  driveAt,
  isExtraInterrupt,
  outcomeOf,
  resultOf,
  showsOlder,
} from '../mismatch';
import { type ChannelNumber, commandBlock } from '../verbs';

/** Words that differ by what the drive claims to be, by command. */
const IDENTIFY_DIFFERENCES: ReadonlyMap<number, readonly number[]> = new Map([
  [0xec, [4, 5, 20, 21, 22, 48, 50, 52, 62, 80, 81, 82, 85, 93, 106, 255]],
  [0xa1, [20, 21, 22, 48, 49, 53, 62, 65, 66, 67, 68, 71, 72, 80, 82, 83, 84, 85, 87, 93, 255]],
]);

const TRANSFER_MODE_WORDS: readonly number[] = [62, 63, 88];

const POWER_COMMANDS: readonly number[] = [0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe6];

const checksPower = (code: number): boolean => code === 0xe5 || code === 0x98;

const LBA_BIT = 0x40;

const SMART = 0xb0;

const SET_FEATURES = 0xef;

const isPlainLog = ({ sectorCount, lbaLow }: IssuedCommand): boolean => sectorCount === 1 && lbaLow !== 0;

/** The second word of a self-test descriptor, and the checksum that follows from it. [ATA-6] table 57 */
const isLogTime = (word: number): boolean => word % 12 === 2 || word === 255;

const readsSmartLog = ({ code, features }: IssuedCommand): boolean => code === SMART && features === 0xd5;

/** Features and modes that QEMU takes and the standard has a drive refuse if it does not offer them. */
function setsUnsupported({ code, features, sectorCount }: IssuedCommand): boolean {
  if (code !== SET_FEATURES) return false;
  if (features === 0x03) return sectorCount !== 0x00 && !SUPPORTED_MODES.includes(sectorCount);
  return [0x05, 0x42, 0x67, 0x69, 0x85, 0x96, 0x9a, 0xc2].includes(features);
}

const SUPPORTED_MODES: readonly number[] = [
  0x00, 0x01, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x20, 0x21, 0x22, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
];

const READS: readonly number[] = [0x20, 0x21, 0x24, 0x25, 0x29, 0x40, 0x41, 0x42, 0xc4, 0xc8, 0xc9];
const WRITES: readonly number[] = [0x35, 0x39, 0xc5, 0xca, 0xcb];

const DATA_SET_MANAGEMENT = 0x06;

/** Whether a double word has been moved after an odd number of words: DRQ blocks are whole double words. */
function crossesEnd(steps: readonly Step[], channel: ChannelNumber): boolean {
  let words = 0;
  for (const step of steps) {
    if (!('port' in step) || step.port !== commandBlock(channel)) continue;
    if (step.width === 4 && words % 2 === 1) return true;
    words += ('count' in step ? step.count : 1) * (step.width === 4 ? 2 : 1);
  }
  return false;
}

export const commandDeviations: readonly Deviation<IdeMismatch>[] = [
  {
    device: 'ide',
    id: 'identify-contents',
    what: 'Words of IDENTIFY (PACKET) DEVICE that describe the drive and not its medium',
    qemu: 'fills retired and reserved words, claims ATA/ATAPI-7 but not the mandatory power management, no integrity word',
    ours: 'leaves such words zero, claims ATA-3 to ATA/ATAPI-6 and what there is, and signs the block',
    why: 'The words are read by drivers to decide what they may use',
    clause: '[ATA-6] 8.15, table 26: retired and reserved words, 50, 80, 82, 85, 255; 8.16, table 27',
    matches: (mismatch) => dataOf(mismatch, ({ code }, word) => (IDENTIFY_DIFFERENCES.get(code) ?? []).includes(word)),
  },
  {
    device: 'ide',
    id: 'error-high-order',
    what: 'The Error register while HOB is set',
    qemu: 'shows the older content of Features in its place',
    ours: 'shows the error',
    why: 'A driver that reads the high order bytes of an address after an error would lose the error',
    clause: '[ATA-6] 6.20, 7.8: HOB is for Sector Count and the LBA registers; 7.9 has no older content',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => showsOlder(steps, index, channel) && touches(step, 'in', commandBlock(channel) + 1)),
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
    id: 'set-features-unsupported',
    what: 'SET FEATURES for a feature or a transfer mode that IDENTIFY DEVICE does not offer',
    qemu: 'succeeds, and shows single word DMA and modes that do not exist as selected',
    ours: 'aborts the command',
    why: 'A driver would believe in a mode that the drive does not have',
    clause: '[ATA-6] 8.46.6 and 8.46.11: ABRT if the subcommand or the mode is not supported',
    matches: (mismatch) =>
      outcomeOf(mismatch, setsUnsupported) ||
      dataOf(mismatch, ({ code }, word, earlier) => {
        const identifies = code === 0xec || code === 0xa1;
        return identifies && TRANSFER_MODE_WORDS.includes(word) && earlier.some(setsUnsupported);
      }),
  },
  {
    device: 'ide',
    id: 'double-word-at-end',
    what: 'A double word to or from the Data port where two bytes are left of a DRQ block',
    qemu: 'moves nothing, and keeps DRQ set',
    ours: 'moves the two bytes, and the block is over',
    why: 'The command would not terminate',
    clause: '[ATA-6] 7.6: the Data port is 16 bits wide, so that a double word is two cycles',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        if (step.kind !== 'settle' && !readsRegister(step, channel) && !readsData(step, channel)) return false;
        const last = issuedCommands(steps, index, channel).at(-1);
        return last !== undefined && crossesEnd(steps.slice(last.index, index + 1), channel);
      }),
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
    id: 'unreadable-sector',
    what: 'A sector that the medium cannot read: Status, Error, and the address in the task file',
    qemu: 'aborts the command, and names the first sector of the DRQ block, or of the command by DMA; VERIFY succeeds',
    ours: 'reports uncorrectable data (51h/40h), and names the sector',
    why: 'A driver that is told of an abortion takes the command for unknown, not the disk for bad',
    clause: '[ATA-6] 8.25.6, 8.30.6, 8.34.6, 8.36.6: UNC, and the address of the first unrecoverable error',
    matches: (mismatch) =>
      resultOf(
        mismatch,
        ({ code }, drive) => READS.includes(code) && drive?.kind === 'disk' && drive.faults !== undefined,
      ),
  },
  {
    device: 'ide',
    id: 'unwritable-sector',
    what: 'Sectors before one that cannot be written, in the same DRQ block or command by DMA',
    qemu: 'are not written, nor is the bad one named',
    ours: 'are written, and the task file names the bad one',
    why: 'A driver that goes on behind the sector that was named relies on those before it',
    clause: '[ATA-6] 8.58.6, 8.60.6, 8.62.6: the address of the first unrecoverable error',
    matches: (mismatch) => {
      const { machine, steps, index, step } = mismatch;
      const written = CHANNELS.some((channel) =>
        issuedCommands(steps, index, channel).some(({ code, device }) => {
          const drive = driveAt(machine, channel, device);
          return WRITES.includes(code) && drive?.kind === 'disk' && drive.faults !== undefined;
        }),
      );
      return written && CHANNELS.some((channel) => readsData(step, channel) || readsRegister(step, channel));
    },
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
      countLeftBy(mismatch, ({ code }) => checksPower(code)) && mismatch.ours === 0 && mismatch.qemu === 0xff,
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
    id: 'data-set-management',
    what: 'Command 06h with Features 01h',
    qemu: 'takes it as DATA SET MANAGEMENT (TRIM) and waits for DMA',
    ours: 'aborts the command',
    why: 'The code is reserved in the standard that word 80 names as ours, and word 169 does not offer it',
    clause: '[ATA-6] table 10: reserved; 6.2: aborted',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }, drive) => code === DATA_SET_MANAGEMENT && drive?.kind === 'disk') ||
      isExtraInterrupt(mismatch, 'ours', (channel) => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).at(-1);
        return last?.code === DATA_SET_MANAGEMENT ? last.index : -1;
      }),
  },
  {
    device: 'ide',
    id: 'packet-device-write-cache',
    what: 'SET FEATURES 82h (disable write cache) to a CD-ROM drive without a disc',
    qemu: 'flushes, fails for want of a disc, and aborts the command',
    ours: 'succeeds as with a disc: there is no cache',
    why: 'The features of a drive do not depend on what is in it',
    clause: '[ATA-6] 8.46.6: no such error',
    matches: (mismatch) =>
      outcomeOf(mismatch, ({ code, features }, drive) => {
        return code === SET_FEATURES && features === 0x82 && drive?.kind === 'cd-rom';
      }),
  },
  {
    device: 'ide',
    id: 'packet-device-power',
    what: 'The power management commands to a CD-ROM drive',
    qemu: 'aborts them',
    ours: 'carries them out',
    why: 'They are mandatory for packet devices too, and word 82 says that they are there',
    clause: '[ATA-6] 6.8, table 9: CHECK POWER MODE, IDLE IMMEDIATE, SLEEP, STANDBY IMMEDIATE',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }, drive) => drive?.kind === 'cd-rom' && POWER_COMMANDS.includes(code)) ||
      countLeftBy(mismatch, ({ code }, drive) => drive?.kind === 'cd-rom' && checksPower(code)),
  },
  {
    device: 'ide',
    id: 'packet-device-refusal',
    what: 'The Device register after a CD-ROM drive has refused IDENTIFY DEVICE or READ SECTOR(S) with its signature',
    qemu: 'keeps the LBA bit',
    ours: 'has only DEV left, as the signature has it',
    why: 'The Device register is part of the signature',
    clause: '[ATA-6] 9.12: Device 00h or 10h',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }, drive) => drive?.kind === 'cd-rom' && (code === 0xec || code === 0x20)) &&
      (mismatch.ours ^ mismatch.qemu) === LBA_BIT,
  },
  {
    device: 'ide',
    id: 'smart-vendor-data',
    what: 'What SMART READ DATA and READ ATTRIBUTE THRESHOLDS hold',
    qemu: 'reports seven attributes of an invented drive, and times for its tests',
    ours: 'reports none, and the shortest times',
    why: "They are the vendor's to define, and a drive that does not age has nothing to say",
    clause: '[ATA-6] 8.51.6, table 48: bytes 0 to 361 are vendor specific',
    matches: (mismatch) =>
      dataOf(mismatch, ({ code, features }) => code === SMART && (features === 0xd0 || features === 0xd1)),
  },
  {
    device: 'ide',
    id: 'smart-autosave-register',
    what: 'SMART ENABLE/DISABLE ATTRIBUTE AUTOSAVE (D2h)',
    qemu: 'takes the setting from LBA Low',
    ours: 'takes the setting from Sector Count',
    why: 'A driver that follows the standard would have its command aborted, or the wrong setting made',
    clause: '[ATA-6] 8.51.3.3: Sector Count 00h disables, F1h enables',
    matches: (mismatch) => outcomeOf(mismatch, ({ code, features }) => code === SMART && features === 0xd2),
  },
  {
    device: 'ide',
    id: 'smart-read-log',
    what: 'SMART READ LOG (D5h) of the directory, or of another number of sectors than one, and the times in the self-test log',
    qemu: 'has no directory, ignores the number, and tells an invented life time',
    ours: 'has a directory, refuses other numbers than a log has sectors, and tells a life time of zero',
    why: 'The directory is how a tool finds the logs, and more sectors than there are cannot be sent',
    clause: '[ATA-6] 8.51.6.8 and table 50',
    matches: (mismatch) =>
      resultOf(mismatch, (command) => readsSmartLog(command) && !isPlainLog(command)) ||
      dataOf(mismatch, (command, word) => readsSmartLog(command) && (!isPlainLog(command) || isLogTime(word))),
  },
  {
    device: 'ide',
    id: 'smart-captive',
    what: 'SMART EXECUTE OFF-LINE IMMEDIATE (D4h) of a captive self-test, routine 81h or 82h',
    qemu: 'aborts the command',
    ours: 'succeeds, and enters the test into the log',
    why: 'A drive that says that it has self-tests has both kinds',
    clause: '[ATA-6] 8.51.4, table 47: 129 and 130, captive self-test routines',
    matches: (mismatch) =>
      outcomeOf(mismatch, ({ code, features, lbaLow }) => {
        return code === SMART && features === 0xd4 && (lbaLow === 0x81 || lbaLow === 0x82);
      }),
  },
  {
    device: 'ide',
    id: 'smart-abort-self-test',
    what: 'SMART EXECUTE OFF-LINE IMMEDIATE (D4h) of routine 7Fh',
    qemu: 'aborts the command',
    ours: 'succeeds: the routine ends a self-test, of which none is running',
    why: 'A tool that stops a test would be told that it cannot',
    clause: '[ATA-6] 8.51.4, table 47: 127, abort off-line mode self-test routine',
    matches: (mismatch) =>
      outcomeOf(mismatch, ({ code, features, lbaLow }) => code === SMART && features === 0xd4 && lbaLow === 0x7f),
  },
];
