import fc from 'fast-check';
import { CHANNELS, touches } from '../../conformance/ide/history';
import { BOTH_CHANNELS, type Step } from '../../conformance/ide/ide-under-test';
import { type IdeMachine, MEMORY_BASE } from '../../conformance/ide/machines';
import {
  busMaster,
  type ChannelNumber,
  commandBlock,
  controlPort,
  readStatus,
  regionTable,
  settle,
  store,
  write,
} from '../../conformance/ide/verbs';
import { configurationAddress, multipleAtEnd, oddRegions } from './edge-programs';
import { BUFFER_BYTES, buffers, Operation, type Operations, PAGE_BYTES, targets } from './operation';
import { operations } from './operations';

const ENTRIES_PER_PAGE = PAGE_BYTES / 8;
const REGION_BYTES = 0x1_0000;

/** A page full of descriptors, all of them for the channel's own buffers. */
function preparedTable(page: number): Step {
  const base = buffers(page < 2 ? 0 : 1);
  const places = Math.floor(BUFFER_BYTES / REGION_BYTES);
  const regions = Array.from({ length: ENTRIES_PER_PAGE }, (_, index) => ({
    address: base + REGION_BYTES * ((index + page) % places),
    bytes: 0,
  }));
  return store(MEMORY_BASE + page * PAGE_BYTES, regionTable(regions));
}

/**
 * What every program starts with: PRD tables whose every entry lies in the test window, and engines that point at them, so
 * that one which is started on a stale pointer stays where both sides can be compared.
 */
const prepareTables = new Operation('prepare PRD tables', [
  ...[0, 1, 2, 3].map(preparedTable),
  ...CHANNELS.map((channel) => write(busMaster(channel) + 4, MEMORY_BASE + 2 * channel * PAGE_BYTES, 4)),
]);

/**
 * Reads Status before the other device is selected or Device Control is written. QEMU and we disagree about what becomes
 * of an interrupt that is pending then (see the deviation `interrupt-pending`), and that would last.
 */
function acknowledged(operation: Operation): Operation {
  const steps = operation.steps.flatMap((step) => {
    const channel = CHANNELS.find((candidate) => {
      return touches(step, 'out', commandBlock(candidate) + 6) || touches(step, 'out', controlPort(candidate));
    });
    return channel === undefined ? [step] : [readStatus(channel), step];
  });
  return new Operation(`${operation}`, steps);
}

/** Programs of operations one after the other, each over before the next begins, such as QEMU can run too. */
export function programs(machine: IdeMachine, maximumLength: number): fc.Arbitrary<Operation[]> {
  return fc
    .array(operations(machine, [0, 1], true), { minLength: 1, maxLength: maximumLength })
    .map((program) => [prepareTables, ...program.map(acknowledged)]);
}

/** Only the channel's own requests complete. */
function ownSettles(steps: readonly Step[], channel: ChannelNumber): Step[] {
  return steps.map((step) => (step.kind === 'settle' ? settle(step.channels & (1 << channel)) : step));
}

/**
 * Data and the wait after it are one turn: whether the next block is there as soon as this one is gone, or has to be
 * fetched first, is a matter of reading ahead and not of the standard.
 */
function turnsOf(steps: readonly Step[]): Step[][] {
  const turns: Step[][] = [];
  for (const step of steps) {
    const last = turns.at(-1)?.at(-1);
    const movesData = last?.kind === 'ins' || last?.kind === 'outs';
    if (movesData && step.kind === 'settle') turns.at(-1)!.push(step);
    else turns.push([step]);
  }
  return turns;
}

/** Two operations at once, one a channel: their steps, and so their completions, come in the order of `turns`. */
function atOnce(machine: IdeMachine): Operations {
  const pair = fc.tuple(operations(machine, [0], false), operations(machine, [1], false));
  return fc.tuple(pair, fc.array(fc.boolean(), { maxLength: 64 })).map(([[first, second], turns]) => {
    const waiting = [turnsOf(ownSettles(first.steps, 0)), turnsOf(ownSettles(second.steps, 1))];
    const order = turns.map((turn) => (turn ? 1 : 0));
    const steps = order.flatMap((turn) => waiting[turn].splice(0, 1).flat());
    const text = `at once (${order.join('')}): ${first} | ${second}`;
    return new Operation(text, [...steps, ...waiting.flat(2), settle(BOTH_CHANNELS)]);
  });
}

/**
 * Programs in which requests of one channel are outstanding while the other goes on. They are for implementations whose
 * completions the test controls; QEMU's come when they come.
 */
export function interleavedPrograms(machine: IdeMachine, maximumLength: number): fc.Arbitrary<Operation[]> {
  const operation = fc.oneof(operations(machine, [0, 1], false), atOnce(machine));
  return fc.array(operation, { minLength: 1, maxLength: maximumLength }).map((program) => [prepareTables, ...program]);
}

/** Programs of transfers at the edges, on the machine's disks. */
export function edgePrograms(machine: IdeMachine): fc.Arbitrary<Operation[]> {
  const disks = targets(machine).filter(({ drive }) => drive.kind === 'disk');
  const operation = fc.oneof(
    configurationAddress,
    ...disks.flatMap((target) => [multipleAtEnd(target), oddRegions(target)]),
  );
  return fc.array(operation, { minLength: 1, maxLength: 4 }).map((program) => [prepareTables, ...program]);
}
