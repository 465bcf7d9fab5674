import {
  CHANNELS,
  dataWord,
  type IssuedCommand,
  issuedCommands,
  lastIndex,
  readsData,
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
export function partsOf(mismatch: IdeMismatch): IdeMismatch[] {
  const { step, ours, qemu } = mismatch;
  const differs = (mask: number): boolean => ((ours ^ qemu) & mask) !== 0;
  if (step.kind === 'settle') {
    return CHANNELS.filter((channel) => differs(1 << channel)).map((channel) => {
      const mask = 1 << channel;
      return { ...mismatch, step: { kind: 'settle', channels: mask }, ours: ours & mask, qemu: qemu & mask };
    });
  }
  const isData = step.kind === 'in' && CHANNELS.some((channel) => step.port === commandBlock(channel));
  if (step.kind !== 'in' || isData) return [mismatch];
  return [0, 1, 2, 3]
    .filter((at) => differs(0xff << (8 * at)))
    .map((at) => {
      const byte: Step = { kind: 'in', port: step.port + at, width: 1 };
      return { ...mismatch, step: byte, ours: (ours >>> (8 * at)) & 0xff, qemu: (qemu >>> (8 * at)) & 0xff };
    });
}

const SOFTWARE_RESET = 0x04;
const INTERRUPT = 0x04;
const HIGH_ORDER_BYTE = 0x80;
export const DEVICE_1 = 0x10;
export const BUSY = 0x80;
export const DIAGNOSTIC = 0x90;
export const PACKET = 0xa0;
/** Operation codes of packet commands. */
export const REQUEST_SENSE = 0x03;
export const INQUIRY = 0x12;
export const READ_TOC = 0x43;
export const READ_CD = 0xbe;
export const MODE_SENSE = 0x5a;
export const START_STOP_UNIT = 0x1b;
export const PREVENT_ALLOW = 0x1e;
export const MECHANISM_STATUS = 0xbd;
export const GET_CONFIGURATION = 0x46;
export const GET_EVENT = 0x4a;
export const INQUIRY_BYTES = 36;
export const SENSE_KEY_WORD = 1;
export const SENSE_CODE_WORD = 6;
const DMA_COMMANDS: readonly number[] = [0x25, 0x35, 0xc8, 0xc9, 0xca, 0xcb];
export const ABORTED_STATUS = 0x41;
export const ABORTED_ERROR = 0x04;
export const CHECKS_ADDRESS: readonly number[] = [0x40, 0x41, 0x42, 0x70];

export const raisesReset =
  (channel: ChannelNumber) =>
  (step: Step): boolean =>
    step.kind === 'out' && step.port === controlPort(channel) && (step.value & SOFTWARE_RESET) !== 0;

/**
 * The row's test for an interrupt that only one side has had: its line until Status is read, its INTR bit until that is
 * cleared. `cause` gives the step on a channel that it comes from, -1 if there is none.
 */
export function isExtraInterrupt(
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
export function deviceByte(step: Step & { kind: 'out' }, channel: ChannelNumber): number {
  return (step.value >>> (8 * (commandBlock(channel) + 6 - step.port))) & 0xff;
}

export function driveAt(machine: IdeMachine, channel: ChannelNumber, device: 0 | 1): Drive | undefined {
  return machine.drives.find(({ slot }) => slot === 2 * channel + device);
}

/** Whether the guest has last selected device 1 of a channel. */
export function selectsDevice1(steps: readonly Step[], end: number, channel: ChannelNumber): boolean {
  const select = steps[lastIndex(steps, end, (it) => touches(it, 'out', commandBlock(channel) + 6))];
  return select?.kind === 'out' && (deviceByte(select, channel) & DEVICE_1) !== 0;
}

/** Commands whose outcome the registers may show: a channel's last one, and the last one to the device that is selected. */
function shownCommands(steps: readonly Step[], end: number, channel: ChannelNumber): IssuedCommand[] {
  const commands = issuedCommands(steps, end, channel);
  const selected = selectsDevice1(steps, end, channel) ? 1 : 0;
  return [commands.at(-1), commands.findLast(({ device }) => device === selected)].flatMap((it) => it ?? []);
}

/** Says which commands a row means. */
type Chosen = (command: IssuedCommand, drive: Drive | undefined) => boolean;

function shownBy(
  reads: (step: Step, channel: ChannelNumber) => boolean,
  { machine, steps, index, step }: IdeMismatch,
  chosen: Chosen,
): boolean {
  return CHANNELS.some((channel) => {
    if (!reads(step, channel)) return false;
    return shownCommands(steps, index, channel).some((it) => chosen(it, driveAt(machine, channel, it.device)));
  });
}

/** The row's test for differences in a command's outcome. */
export const outcomeOf = (mismatch: IdeMismatch, chosen: Chosen): boolean => shownBy(readsOutcome, mismatch, chosen);

/** As `outcomeOf`, with the parameter registers. */
export const resultOf = (mismatch: IdeMismatch, chosen: Chosen): boolean => shownBy(readsRegister, mismatch, chosen);

/**
 * The row's test for what such a command has left in Sector Count: it stays there over others until the host writes the
 * register, and for one write more behind HOB.
 */
export function countLeftBy(mismatch: IdeMismatch, chosen: Chosen): boolean {
  const { machine, steps, index, step } = mismatch;
  return CHANNELS.some((channel) => {
    const sectorCount = commandBlock(channel) + 2;
    const left = issuedCommands(steps, index, channel).findLast((command) => {
      return chosen(command, driveAt(machine, channel, command.device));
    });
    if (left === undefined || !touches(step, 'in', sectorCount)) return false;
    const writes = steps.slice(left.index, index).filter((it) => touches(it, 'out', sectorCount)).length;
    return writes <= (showsOlder(steps, index, channel) ? 1 : 0);
  });
}

/** Whether HOB was set last. */
export function showsOlder(steps: readonly Step[], index: number, channel: ChannelNumber): boolean {
  const control = steps[lastIndex(steps, index, (it) => touches(it, 'out', controlPort(channel)))];
  return control?.kind === 'out' && (control.value & HIGH_ORDER_BYTE) !== 0;
}

/** The row's test for differences in data read after a command. */
export function dataOf(
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

export const isDma = ({ code }: IssuedCommand): boolean => DMA_COMMANDS.includes(code);

/**
 * The row's test for differences in what a packet command returns by PIO, in how much of it there is, and in the sense
 * data that a REQUEST SENSE after it gets.
 */
export function isPacketReply(
  mismatch: IdeMismatch,
  opcode: number,
  chosen: (packet: readonly number[]) => boolean,
): boolean {
  const { steps, index, step, element } = mismatch;
  return CHANNELS.some((channel) => {
    const [last, before] = issuedCommands(steps, index, channel)
      .filter(({ code }) => code === PACKET)
      .reverse();
    const isMeant = (command: IssuedCommand | undefined): boolean =>
      command !== undefined && command.packet[0] === opcode && chosen(command.packet);
    if (issuedCommands(steps, index, channel).at(-1)?.code !== PACKET) return false;
    if (last.packet[0] === REQUEST_SENSE && isMeant(before)) {
      const word = readsData(step, channel) ? dataWord(steps, index, element, last.index) : -1;
      if (word === SENSE_KEY_WORD || word === SENSE_CODE_WORD) return true;
    }
    const isLine = step.kind === 'settle' && step.channels === 1 << channel;
    return isMeant(last) && (isLine || readsData(step, channel) || readsRegister(step, channel));
  });
}
