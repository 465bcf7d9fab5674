/** Accesses to PCI configuration space. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import { read, settle, write } from '../../conformance/ide/verbs';
import { hex, Operation, type Operations } from './operation';

const ADDRESS = 0xcf8;
const DATA = 0xcfc;

/** The IDE function, its bridges, and places where nothing is. */
const IDE = 0x0900;
const FUNCTIONS = [0x0000, 0x0800, IDE, IDE, IDE, 0x0a00, 0x1000, 0x1_0000] as const;

const HEADER = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x20, 0x24, 0x2c, 0x30, 0x34, 0x3c, 0x40, 0x44, 0x48] as const;

const selecting = (functionNumber: number, register: number): Step =>
  write(ADDRESS, (0x8000_0000 | functionNumber | register) >>> 0, 4);

/** A byte, an aligned word or the double word of CONFIG_DATA. */
const parts = fc.constantFrom(
  ...([0, 1, 2, 3].map((at) => [DATA + at, 1]) as [number, 1][]),
  ...([0, 2].map((at) => [DATA + at, 2]) as [number, 2][]),
  [DATA, 4] as [number, 4],
);

/**
 * What is written where: bus mastering stays on (see the deviation `bus-master-disabled`), and the bridges keep how they
 * map memory.
 */
const settings = fc.oneof(
  fc.tuple(fc.constant(0x04), fc.constantFrom(0x0005, 0x0007, 0x0004, 0x0507, 0xffff_fffc, 0x0005)),
  fc.tuple(fc.constant(0x20), fc.constantFrom(0xc001, 0xc001, 0xd000, 0xffff_ffff, 0)),
  fc.tuple(fc.constantFrom(0x00, 0x08, 0x0c, 0x10, 0x24, 0x3c), fc.nat(0xffff_ffff)),
  fc.tuple(fc.constantFrom(0x40, 0x44, 0x48), fc.nat(0xffff_ffff)),
);

const looking = fc.tuple(fc.constantFrom(...FUNCTIONS), fc.constantFrom(...HEADER), parts);

export const pciAccesses: Operations = fc
  .tuple(fc.array(looking, { maxLength: 4 }), fc.option(settings))
  .map(([looks, setting]) => {
    const written = setting === null ? '' : ` ${hex(setting[0])}=${hex(setting[1])}`;
    const places = looks.map(([functionNumber, register]) => hex(functionNumber | register));
    const reads = looks.flatMap(([functionNumber, register, [port, width]]) => [
      selecting(functionNumber, register),
      read(port, width),
      read(ADDRESS, 4),
    ]);
    const writes = setting === null ? [] : [selecting(IDE, setting[0]), write(DATA, setting[1], 4), read(DATA, 4)];
    return new Operation(`pci ${places.join(' ')}${written}`, [...writes, ...reads, settle()]);
  });
