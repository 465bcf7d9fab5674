/** Accesses to PCI configuration space. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import { read, settle, write } from '../../conformance/ide/verbs';
import { hex, Operation, type Operations } from './operation';

const ADDRESS = 0xcf8;
const DATA = 0xcfc;

/** The IDE function, its bridges, and places where nothing is. */
const IDE = 0x0900;
const ISA_BRIDGE = 0x0800;
const FUNCTIONS = [0x0000, ISA_BRIDGE, IDE, IDE, IDE, 0x0a00, 0x1000, 0x1_0000] as const;

const HEADER = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x20, 0x24, 0x2c, 0x30, 0x34, 0x3c, 0x40, 0x44, 0x48] as const;

const selecting = (functionNumber: number, register: number): Step =>
  write(ADDRESS, (0x8000_0000 | functionNumber | register) >>> 0, 4);

/** A byte, an aligned word or the double word of CONFIG_DATA. */
const parts = fc.constantFrom(
  ...([0, 1, 2, 3].map((at) => [DATA + at, 1]) as [number, 1][]),
  ...([0, 2].map((at) => [DATA + at, 2]) as [number, 2][]),
  [DATA, 4] as [number, 4],
);

/** What is written where: offset with the function's number, and value. */
type Setting = fc.Arbitrary<[at: number, value: number]>;

const anything = fc.nat(0xffff_ffff);

/** Bus mastering stays on: see the deviation `bus-master-disabled`. */
const ideSettings: Setting = fc.oneof(
  fc.tuple(fc.constant(IDE | 0x04), fc.constantFrom(0x0005, 0x0007, 0x0004, 0x0507, 0xffff_fffc, 0x0005)),
  fc.tuple(fc.constant(IDE | 0x20), fc.constantFrom(0xc001, 0xc001, 0xd000, 0xffff_ffff, 0)),
  fc.tuple(fc.constantFrom(...[0x00, 0x08, 0x0c, 0x10, 0x24, 0x3c].map((register) => IDE | register)), anything),
  fc.tuple(fc.constantFrom(...[0x40, 0x44, 0x48].map((register) => IDE | register)), anything),
);

/** The engines stopped and let go again, by the function's own switch. */
const busMastering: Setting = fc.tuple(fc.constant(IDE | 0x04), fc.constantFrom(0x0001, 0x0005));

/** The bridges keep how they map memory. QEMU's remember what they were given through a reset. */
const bridgeSettings: Setting = fc.tuple(
  fc.constantFrom(
    ...[0x00, 0x04, 0x08, 0x0c, 0x10, 0x2c, 0x3c, 0x50, 0x54, 0x90],
    ...[0x00, 0x04, 0x0c, 0x2c, 0x3c, 0x4c, 0x60, 0x68, 0x80, 0xf8].map((register) => ISA_BRIDGE | register),
  ),
  anything,
);

const anyRegister = fc.nat(0x3f).map((number) => 4 * number);
const looking = fc.tuple(
  fc.constantFrom(...FUNCTIONS),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...HEADER) }, { weight: 1, arbitrary: anyRegister }),
  parts,
);

export function pciAccesses(withQemu: boolean): Operations {
  const settings = withQemu ? ideSettings : fc.oneof(ideSettings, busMastering, bridgeSettings);
  return fc.tuple(fc.array(looking, { maxLength: 4 }), fc.option(settings)).map(([looks, setting]) => {
    const written = setting === null ? '' : ` ${hex(setting[0])}=${hex(setting[1])}`;
    const places = looks.map(([functionNumber, register]) => hex(functionNumber | register));
    const reads = looks.flatMap(([functionNumber, register, [port, width]]) => [
      selecting(functionNumber, register),
      read(port, width),
      read(ADDRESS, 4),
    ]);
    const writes = setting === null ? [] : [selecting(0, setting[0]), write(DATA, setting[1], 4), read(DATA, 4)];
    return new Operation(`pci ${places.join(' ')}${written}`, [...writes, ...reads, settle()]);
  });
}
