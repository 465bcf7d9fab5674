/** Requests that a host does not wait for: back-ends that do not answer, engines that are stopped. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import {
  address,
  busMaster,
  command,
  dumpRegisters,
  type Extent,
  endBusMaster,
  packet,
  prepareDma,
  read,
  readStatus,
  START,
  settle,
  softwareReset,
  startBusMaster,
  TO_MEMORY,
  write,
} from '../../conformance/ide/verbs';
import { DMA_CODES } from './disk-operations';
import {
  describe,
  extents,
  hex,
  Operation,
  type Operations,
  place,
  regionLists,
  type Target,
  tables,
} from './operation';

const counts = fc.integer({ min: 1, max: 9 });
const NO_CHANNELS = 0;

/** The same steps while no request completes. */
const unanswered = (steps: readonly Step[]): Step[] =>
  steps.map((step) => (step.kind === 'settle' ? settle(NO_CHANNELS) : step));

const tableFor = (target: Target, extent: Extent) =>
  fc.record({ table: tables(target.channel), regions: regionLists(target.channel, extent.count * 512) });

/** A command whose request is never answered. Nothing of it writes: whether that still happened, nobody can tell. */
function begin(target: Target): fc.Arbitrary<{ text: string; steps: Step[] }> {
  const { channel, device, drive } = target;
  if (drive.kind === 'cd-rom') {
    return fc.tuple(fc.nat(Math.max(0, drive.sectors - 1)), fc.boolean()).map(([sector, dma]) => ({
      text: `packet read ${sector}${dma ? ' dma' : ''}`,
      steps: [
        ...packet(channel, { device, bytes: [0x28, 0, 0, 0, 0, sector, 0, 0, 1], limit: 2048, dma }),
        ...(dma ? startBusMaster(channel, TO_MEMORY) : []),
      ],
    }));
  }
  const codes = fc.constantFrom(0x20, 0x24, 0x29, 0xc4, 0x40, 0x42, 0xe7, 0xea);
  const simple = fc.tuple(codes, extents(target, counts)).map(([code, extent]) => ({
    text: `${hex(code)} ${describe(extent)}`,
    steps: [...address(channel, extent), ...command(channel, code)],
  }));
  const dma = extents(target, counts).chain((extent) =>
    tableFor(target, extent).map(({ table, regions }) => ({
      text: `dma ${describe(extent)}`,
      steps: [
        ...prepareDma(channel, table, regions),
        ...address(channel, extent),
        ...command(channel, DMA_CODES.read[extent.form]),
        ...startBusMaster(channel, TO_MEMORY),
      ],
    })),
  );
  return fc.oneof({ weight: 2, arbitrary: simple }, { weight: 1, arbitrary: dma });
}

/** After a reset, so that nothing else is under way: the back-end does not answer, the host loses patience and resets; the answer comes later, or together with the next. */
export function impatientReset(target: Target): Operations {
  const { channel, device } = target;
  return fc.tuple(begin(target), fc.constantFrom(0, 2)).map(([{ text, steps }, other]) => {
    return new Operation(`unanswered ${place(channel, device)} ${text}`, [
      ...softwareReset(channel),
      ...unanswered([...steps, ...dumpRegisters(channel), ...softwareReset(channel, other)]),
      ...dumpRegisters(channel),
    ]);
  });
}

/** The host stops the bus master in the middle, looks, and starts the transfer again. */
export function stoppedDma(target: Target): Operations {
  const { channel, device } = target;
  return extents(target, counts)
    .chain((extent) => fc.tuple(fc.constant(extent), fc.constantFrom('read', 'write'), tableFor(target, extent)))
    .map(([extent, operation, { table, regions }]) => {
      const direction = operation === 'read' ? TO_MEMORY : 0;
      return new Operation(`stopped dma ${operation} ${place(channel, device)} ${describe(extent)}`, [
        ...softwareReset(channel),
        ...prepareDma(channel, table, regions),
        ...address(channel, extent),
        ...command(channel, DMA_CODES[operation as 'read' | 'write'][extent.form]),
        write(busMaster(channel), direction | START),
        write(busMaster(channel), direction),
        settle(),
        read(busMaster(channel) + 2),
        ...dumpRegisters(channel),
        ...startBusMaster(channel, direction),
        ...endBusMaster(channel),
        readStatus(channel),
        ...dumpRegisters(channel),
      ]);
    });
}
