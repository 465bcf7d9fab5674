import type { Step } from './ide-under-test';
import { busMaster, type ChannelNumber, commandBlock, controlPort } from './verbs';

export const CHANNELS: readonly ChannelNumber[] = [0, 1];

/** Whether the step reaches the byte register at `port`: a word reaches two of them, a double word none. */
export function touches(step: Step, kind: 'in' | 'out', port: number): boolean {
  return step.kind === kind && step.width !== 4 && step.port <= port && port < step.port + step.width;
}

/** Index of the last step before `end` for which `test` holds, -1 if there is none. */
export function lastIndex(steps: readonly Step[], end: number, test: (step: Step) => boolean): number {
  for (let index = end - 1; index >= 0; index--) {
    if (test(steps[index])) return index;
  }
  return -1;
}

/** A command as the guest has issued it: what it had last written to each register. */
export interface IssuedCommand {
  readonly index: number;
  readonly code: number;
  readonly device: 0 | 1;
  readonly features: number;
  readonly sectorCount: number;
  readonly lbaLow: number;
  /** LBA Mid and High: for PACKET the byte count limit. */
  readonly cylinder: number;
  /** The bytes that were written to the Data port afterwards, up to a packet's twelve. */
  readonly packet: number[];
}

/** The commands that a program wrote to one channel before step `end`, obeyed or not. */
export function issuedCommands(steps: readonly Step[], end: number, channel: ChannelNumber): IssuedCommand[] {
  const base = commandBlock(channel);
  const registers = new Uint8Array(8);
  const commands: IssuedCommand[] = [];
  for (let index = 0; index < end; index++) {
    const step = steps[index];
    if (step.kind !== 'out' || step.port < base || step.port > base + 7) continue;
    if (step.port === base && step.width > 1) {
      const last = commands[commands.length - 1];
      if (last !== undefined && last.packet.length < 12) last.packet.push(step.value & 0xff, (step.value >> 8) & 0xff);
      continue;
    }
    for (let at = 0; at < step.width && step.port + at <= base + 7; at++) {
      registers[step.port - base + at] = step.value >>> (8 * at);
    }
    if (!touches(step, 'out', base + 7)) continue;
    const device = (registers[6] & 0x10) !== 0 ? 1 : 0;
    commands.push({
      index,
      code: registers[7],
      device,
      features: registers[1],
      sectorCount: registers[2],
      lbaLow: registers[3],
      cylinder: registers[4] | (registers[5] << 8),
      packet: [],
    });
  }
  return commands;
}

/** Whether the step reads Status, Alternate Status or Error of a channel: where a command's outcome shows. */
export function readsOutcome(step: Step, channel: ChannelNumber): boolean {
  const base = commandBlock(channel);
  return touches(step, 'in', base + 7) || touches(step, 'in', controlPort(channel)) || touches(step, 'in', base + 1);
}

/** Whether the step reads any register of a channel's command or control block. */
export function readsRegister(step: Step, channel: ChannelNumber): boolean {
  return (
    readsOutcome(step, channel) || [2, 3, 4, 5, 6].some((offset) => touches(step, 'in', commandBlock(channel) + offset))
  );
}

/** Whether the step reads a channel's Data port. */
export function readsData(step: Step, channel: ChannelNumber): boolean {
  return (step.kind === 'ins' || step.kind === 'in') && step.port === commandBlock(channel);
}

/** Whether the step reads a channel's bus-master registers. */
export function readsBusMaster(step: Step, channel: ChannelNumber): boolean {
  return step.kind === 'in' && step.port >= busMaster(channel) && step.port < busMaster(channel) + 8;
}

/** Index of the word that an `ins` element (or the first word of an `in`) of the Data port is since the last command. */
export function dataWord(steps: readonly Step[], index: number, element: number, since: number): number {
  const step = steps[index];
  if (step.kind !== 'ins' && step.kind !== 'in') return -1;
  let bytes = 0;
  for (let at = since; at < index; at++) {
    const earlier = steps[at];
    if ((earlier.kind !== 'ins' && earlier.kind !== 'in') || earlier.port !== step.port) continue;
    bytes += Math.max(2, earlier.width) * (earlier.kind === 'ins' ? earlier.count : 1);
  }
  return (bytes + element * Math.max(2, step.width)) / 2;
}
