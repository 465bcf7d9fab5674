/** What no driver would do, resets, and the passing of time. */

import fc from 'fast-check';
import { BOTH_CHANNELS, type Step, type Width } from '../../conformance/ide/ide-under-test';
import {
  busMaster,
  command,
  commandBlock,
  controlPort,
  dumpRegisters,
  read,
  readStatus,
  select,
  settle,
  softwareReset,
  write,
  writeControl,
} from '../../conformance/ide/verbs';
import { isIdentify } from './command-operations';
import { bytes, type Channels, devices, hex, Operation, type Operations, place, tables } from './operation';

export const softReset = (channels: Channels): Operations =>
  fc
    .tuple(channels, fc.constantFrom(0, 0, 2))
    .map(
      ([channel, other]) =>
        new Operation(`softwareReset ${channel}${other ? ' nIEN' : ''}`, [
          ...softwareReset(channel, other),
          readStatus(channel),
          ...dumpRegisters(channel),
        ]),
    );

export const deviceControl = (channels: Channels): Operations =>
  fc
    .tuple(channels, fc.constantFrom(0x00, 0x02, 0x80, 0x82, 0x08))
    .map(
      ([channel, value]) =>
        new Operation(`deviceControl ${channel} ${hex(value)}`, [
          writeControl(channel, value),
          ...dumpRegisters(channel),
        ]),
    );

/** Single accesses of any width to any IDE port, except commands, SRST and the data of a packet. */
export function registerNoise(channels: Channels): Operations {
  const port = fc.tuple(channels, fc.integer({ min: 0, max: 9 })).map(([channel, offset]) => {
    return offset < 8 ? commandBlock(channel) + offset : controlPort(channel);
  });
  const widths = fc.constantFrom(1, 1, 1, 2, 4) as fc.Arbitrary<Width>;
  const reading = fc.tuple(port, widths).map(([at, width]) => read(at, width));
  const registers = fc.tuple(channels, fc.integer({ min: 1, max: 6 }), bytes);
  const writing = registers.map(([channel, offset, value]) => write(commandBlock(channel) + offset, value));
  const pair = fc.tuple(channels, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 0xffff }));
  const writingPair = pair.map(([channel, offset, value]) => write(commandBlock(channel) + offset, value, 2));
  const data = fc
    .tuple(channels, fc.constantFrom(1, 2, 4) as fc.Arbitrary<Width>, fc.nat(0xff))
    .map(([channel, width, value]) => write(commandBlock(channel), value, width));
  const one = fc.oneof(
    { weight: 5, arbitrary: reading },
    { weight: 4, arbitrary: writing },
    { weight: 1, arbitrary: writingPair },
    { weight: 1, arbitrary: data },
  );
  return fc.array(one, { minLength: 1, maxLength: 8 }).map((steps) => noise('noise', steps));
}

function noise(name: string, steps: readonly Step[]): Operation {
  const show = (step: Step): string => {
    if (step.kind === 'in') return `in${step.width} ${hex(step.port)}`;
    return step.kind === 'out' ? `out${step.width} ${hex(step.port)}=${hex(step.value)}` : step.kind;
  };
  return new Operation(`${name} ${steps.map(show).join(' ')}`, [...steps, settle()]);
}

/**
 * INITIALIZE DEVICE PARAMETERS with count 0 kills QEMU. DMA, PACKET, SET FEATURES and SMART have operations of their
 * own, and DATA SET MANAGEMENT (06h) is younger than our disks.
 */
const UNSAFE_CODES: ReadonlySet<number> = new Set([
  0x06, 0x25, 0x35, 0x90, 0x91, 0xa0, 0xb0, 0xc8, 0xc9, 0xca, 0xcb, 0xef,
]);

/** Whether QEMU can be given the command with whatever is in the task file; for IDENTIFY, which leaves its data, see `plainCommand`. */
const isSafe = (code: number): boolean => !UNSAFE_CODES.has(code) && !isIdentify(code);

/** Any command code, with whatever is in the task file. */
export const commandNoise = (channels: Channels, withQemu: boolean): Operations =>
  fc
    .tuple(channels, devices, bytes, fc.boolean())
    .filter(([, , code]) => !withQemu || isSafe(code))
    .map(
      ([channel, device, code, looks]) =>
        new Operation(`any command ${place(channel, device)} ${hex(code)}`, [
          select(channel, device),
          ...command(channel, code),
          ...(looks ? dumpRegisters(channel) : []),
          settle(),
        ]),
    );

/** Accesses to a channel that is held in reset. */
export const heldReset = (channels: Channels): Operations =>
  fc
    .tuple(channels, fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), bytes), { maxLength: 4 }))
    .map(
      ([channel, writes]) =>
        new Operation(`held reset ${channel} ${writes.map(([offset, value]) => `${offset}=${hex(value)}`).join(' ')}`, [
          writeControl(channel, 0x04),
          ...writes.map(([offset, value]) => write(commandBlock(channel) + offset, value)),
          ...dumpRegisters(channel),
          ...softwareReset(channel),
          ...dumpRegisters(channel),
        ]),
    );

export function busMasterNoise(channels: Channels): Operations {
  const widths = fc.constantFrom(1, 1, 1, 2, 4) as fc.Arbitrary<Width>;
  const offsets = fc.integer({ min: 0, max: 7 });
  const reading = fc
    .tuple(channels, offsets, widths)
    .map(([channel, at, width]) => read(busMaster(channel) + at, width));
  const status = fc.tuple(channels, bytes).map(([channel, value]) => write(busMaster(channel) + 2, value));
  const start = fc.tuple(channels, fc.constantFrom(0, 1, 8, 9, 0xff, 0xfe)).map(([channel, value]) => {
    return write(busMaster(channel), value);
  });
  const pointer = channels.chain((channel) =>
    fc.tuple(tables(channel), fc.nat(3)).map(([at, low]) => write(busMaster(channel) + 4, at + low, 4)),
  );
  const one = fc.oneof(
    { weight: 4, arbitrary: reading },
    { weight: 2, arbitrary: status },
    { weight: 2, arbitrary: start },
    { weight: 1, arbitrary: pointer },
  );
  return fc.array(one, { minLength: 1, maxLength: 6 }).map((steps) =>
    noise(
      'bus master',
      steps.flatMap((step) => [step, settle(BOTH_CHANNELS)]),
    ),
  );
}

export const idle: Operations = fc
  .constantFrom(1_000, 1_000_000, 50_000_000)
  .map((ns) => new Operation(`advance ${ns}`, [{ kind: 'advance', ns }]));
