import type { Deviation } from '../deviations';
import { CHANNELS, issuedCommands, lastIndex, readsBusMaster, readsRegister, touches } from './history';
import type { Step } from './ide-under-test';
import {
  ABORTED_ERROR,
  ABORTED_STATUS,
  BUSY,
  CHECKS_ADDRESS,
  DIAGNOSTIC,
  dataOf,
  deviceByte,
  driveAt,
  type IdeMismatch,
  INQUIRY,
  INQUIRY_BYTES,
  isDma,
  isExtraInterrupt,
  isPacketReply,
  isSmartVendorData,
  MODE_SENSE,
  outcomeOf,
  PACKET,
  partsOf,
  READ_TOC,
  REQUEST_SENSE,
  raisesReset,
  resultOf,
  SENSE_CODE_WORD,
  SENSE_KEY_WORD,
  setsAutosave,
  switchesWriteCache,
  VOLUME_PAGE,
} from './mismatch';
import type { ChannelNumber } from './verbs';
import { busMaster, commandBlock, controlPort } from './verbs';

const DATA_SET_MANAGEMENT = 0x06;
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const BUS_MASTER_ENABLE = 0x04;

/** What was last written to CONFIG_ADDRESS. */
function configurationAddress(steps: readonly Step[], end: number): number {
  const written =
    steps[lastIndex(steps, end, (it) => it.kind === 'out' && it.port === CONFIG_ADDRESS && it.width === 4)];
  return written?.kind === 'out' ? written.value : 0;
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
    matches: (mismatch) =>
      resultOf(mismatch, ({ code }) => code === DIAGNOSTIC) ||
      isExtraInterrupt(mismatch, 'ours', (channel) => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).at(-1);
        return last?.code === DIAGNOSTIC ? last.index : -1;
      }),
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
  {
    device: 'ide',
    id: 'abandoned-dma',
    what: 'A DMA command that a software reset has ended, then the bus master started without a new command',
    qemu: 'carries out the command that the reset has ended',
    ours: 'starts an engine that nobody requests anything of',
    why: 'A write that the driver has taken back would reach the disk',
    clause: '[ATA-6] 9.2: the reset aborts the command in progress',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const last = issuedCommands(steps, index, channel).at(-1);
        const started = lastIndex(steps, index, (it) => touches(it, 'out', busMaster(channel)));
        const reset = lastIndex(steps, started, raisesReset(channel));
        const abandoned = last !== undefined && isDma(last) && last.index < reset && reset < started;
        return abandoned && (step.kind === 'settle' || readsRegister(step, channel) || readsBusMaster(step, channel));
      }),
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
    id: 'packet-odd-length',
    what: 'A packet reply with an odd number of bytes, by PIO',
    qemu: 'never gives its last byte, and keeps DRQ set until a reset',
    ours: 'pads the last word, then ends the command',
    why: 'The command would not terminate',
    clause: '[ATA-6] 8.23.4: the byte count of the last block may be odd; the host transfers one more byte as padding',
    matches: (mismatch) =>
      isPacketReply(mismatch, INQUIRY, ([, , , , length]) => (length & 1) === 1 && length < INQUIRY_BYTES),
  },
  {
    device: 'ide',
    id: 'toc-format',
    what: 'READ TOC/PMA/ATIP with its format in byte 2',
    qemu: 'looks for the format in the top of byte 9 alone',
    ours: 'takes byte 2, and byte 9 if that is zero',
    why: 'Byte 9 was the place in SFF-8020i; MMC has moved it, and drivers of this century use that',
    clause: '[MMC-3] 5.23.1: Format in byte 2 bits 3 to 0, byte 9 vendor specific',
    matches: (mismatch) => isPacketReply(mismatch, READ_TOC, ([, , format]) => (format & 0x0f) !== 0),
  },
  {
    device: 'ide',
    id: 'mode-page-volume',
    what: 'MODE SENSE (10) of the CD audio page (0Eh)',
    qemu: 'leaves what its buffer held before in most of the page',
    ours: 'reports silent outputs, and zeros in the rest',
    why: 'Reserved bytes are zero',
    clause: '[MMC-3] 6.3.4, reserved bytes as in [SPC-3] 3.3.10',
    matches: (mismatch) => isPacketReply(mismatch, MODE_SENSE, ([, , page]) => page === VOLUME_PAGE),
  },
  {
    device: 'ide',
    id: 'sense-told-twice',
    what: 'REQUEST SENSE once more, or after a command that has succeeded',
    qemu: 'tells the last error again',
    ours: 'reports no sense',
    why: 'An error would be taken for that of a later command',
    clause: '[SPC-3] 6.27 and [SAM-3] 5.9.6: sense data are cleared when reported, and by the next command',
    matches: (mismatch) => {
      const tellsSense = (word: number): boolean => word === SENSE_KEY_WORD || word === SENSE_CODE_WORD;
      const isReply = isPacketReply(mismatch, REQUEST_SENSE, () => true);
      return isReply && (mismatch.ours & 0x0f) === 0 && dataOf(mismatch, (_, word) => tellsSense(word));
    },
  },
  {
    device: 'ide',
    id: 'bus-master-disabled',
    what: 'Starting a transfer while the bus master bit of the PCI Command register is clear',
    qemu: 'transfers to and from nowhere, and interrupts',
    ours: 'waits until the bit is set',
    why: 'The function may not use the bus; a transfer that has not happened has not ended either',
    clause: '[PIIX3] 2.3.3, bit 2: bus master function disabled',
    matches: ({ steps, index, step }) => {
      const written = steps[lastIndex(steps, index, (it) => touches(it, 'out', CONFIG_DATA))];
      const disabled = written?.kind === 'out' && (written.value & BUS_MASTER_ENABLE) === 0;
      const about = (channel: ChannelNumber): boolean =>
        step.kind === 'settle' || readsRegister(step, channel) || readsBusMaster(step, channel);
      return disabled && CHANNELS.some(about);
    },
  },
  {
    device: 'pci',
    id: 'pci-subsystem',
    what: "Subsystem identification (offset 2Ch) of the chip set's functions",
    qemu: "shows the emulator's own vendor and device",
    ours: 'reads as zero',
    why: 'The chips have no such registers, and the number belongs to somebody else',
    clause: '[PIIX3] 2.2, 2.3: offsets 2Ch to 2Fh are reserved; [PCI-2.1] 6.1: reserved registers read as zero',
    matches: ({ steps, index, step, ours }) =>
      step.kind === 'in' &&
      step.port >= CONFIG_DATA &&
      step.port < CONFIG_DATA + 4 &&
      ours === 0 &&
      (configurationAddress(steps, index) & 0xfc) === 0x2c,
  },
  {
    device: 'pci',
    id: 'config-address-low-bits',
    what: 'The two low bits of CONFIG_ADDRESS',
    qemu: 'keeps them and adds them to the offset',
    ours: 'reads them as zero',
    why: "They do not exist: CONFIG_DATA's byte enables choose the byte",
    clause: '[PCI-2.1] 3.7.4.1: bits 1 and 0 are read-only and return zero',
    matches: ({ steps, index, step }) =>
      step.kind === 'in' &&
      step.port >= CONFIG_ADDRESS &&
      step.port < CONFIG_DATA + 4 &&
      (configurationAddress(steps, index) & 3) !== 0,
  },
  {
    device: 'pci',
    id: 'config-address-width',
    what: 'Byte and word reads of CONFIG_ADDRESS',
    qemu: 'gives the part of the register',
    ours: 'is not decoded, and reads as ones',
    why: 'Ports 0CF8h to 0CFBh belong to the host bridge only as a double word',
    clause: '[PCI-2.1] 3.7.4.1: anything but a full double word access passes through to the bus',
    matches: ({ steps, index, step, ours }) => {
      const whole = steps[index];
      const narrow = whole.kind === 'in' && whole.width < 4;
      return step.kind === 'in' && narrow && step.port >= CONFIG_ADDRESS && step.port < CONFIG_DATA && ours === 0xff;
    },
  },
];

/** The ids of the rows that explain a difference, or `undefined` if a part of it has no explanation. */
export function explainIdeDeviation(mismatch: IdeMismatch): string[] | undefined {
  const ids = partsOf(mismatch).map((part) => ideDeviations.find((row) => row.matches(part))?.id);
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
