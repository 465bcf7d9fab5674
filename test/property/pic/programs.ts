import fc from 'fast-check';
import type { Simplify } from '../../helpers/device-program/simplified';
import { input, output, type Program, type Step } from '../../helpers/device-program/steps';

const CHIPS = [0x20, 0xa0] as const;
const EDGE_LEVEL = [0x4d0, 0x4d1] as const;
/** ISA lines: 2 is the cascade. */
const LINES = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;

export type PicOperation =
  | { readonly do: 'initialize'; readonly chip: number; readonly icw1: number; readonly icw4: number }
  | { readonly do: 'mask'; readonly chip: number; readonly value: number }
  /** OCW2 or OCW3. */
  | { readonly do: 'command'; readonly chip: number; readonly value: number }
  | { readonly do: 'read'; readonly chip: number; readonly a0: number }
  | { readonly do: 'poll'; readonly chip: number }
  | { readonly do: 'edge level'; readonly chip: number; readonly value: number }
  | { readonly do: 'line'; readonly line: number; readonly level: boolean }
  /** A device's whole interrupt, as a polling handler sees it: raised, polled, lowered, ended. */
  | { readonly do: 'serve'; readonly line: number; readonly eoi: number }
  | { readonly do: 'acknowledge' };

const chip = fc.integer({ min: 0, max: 1 });
const byte = fc.integer({ min: 0, max: 255 });
const line = fc.constantFrom(...LINES);

const common: fc.WeightedArbitrary<PicOperation>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('initialize' as const),
      chip,
      icw1: fc.constantFrom(0x11, 0x11, 0x10, 0x13, 0x12, 0x19),
      icw4: fc.constantFrom(0x01, 0x01, 0x03, 0x11, 0x13),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mask' as const), chip, value: byte }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      chip,
      // Every OCW2 and OCW3; D4 set would be an ICW1.
      value: byte.map((value) => value & 0xef),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), chip, a0: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('poll' as const), chip }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('line' as const), line, level: fc.constant(true) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('serve' as const), line, eoi: fc.constantFrom(0x20, 0x60, 0xa0, 0xe0) }),
  },
];

const lower: fc.WeightedArbitrary<PicOperation> = {
  weight: 2,
  arbitrary: fc.record({ do: fc.constant('line' as const), line, level: fc.constant(false) }),
};
const edgeLevel: fc.WeightedArbitrary<PicOperation> = {
  weight: 1,
  arbitrary: fc.record({ do: fc.constant('edge level' as const), chip, value: byte }),
};

const pollOf = (port: number): readonly Step[] => [output(port, 0x0c), input(port)];

function endOfInterrupt(eoi: number, line: number): readonly Step[] {
  const specific = (eoi & 0x40) !== 0;
  const master = output(0x20, eoi | (specific ? (line < 8 ? line : 2) : 0));
  return line < 8 ? [master] : [output(0xa0, eoi | (specific ? line - 8 : 0)), master];
}

function accesses(operation: PicOperation): readonly Step[] {
  switch (operation.do) {
    case 'initialize': {
      const port = CHIPS[operation.chip]!;
      const icw3 = operation.icw1 & 2 ? [] : [output(port + 1, operation.chip === 0 ? 4 : 2)];
      const icw4 = operation.icw1 & 1 ? [output(port + 1, operation.icw4)] : [];
      return [output(port, operation.icw1), output(port + 1, 0x20 + 8 * operation.chip), ...icw3, ...icw4];
    }
    case 'mask':
      return [output(CHIPS[operation.chip]! + 1, operation.value)];
    case 'command':
      return [output(CHIPS[operation.chip]!, operation.value)];
    case 'read':
      return [input(CHIPS[operation.chip]! + operation.a0)];
    case 'poll':
      return pollOf(CHIPS[operation.chip]!);
    case 'edge level':
      return [output(EDGE_LEVEL[operation.chip]!, operation.value), input(EDGE_LEVEL[operation.chip]!)];
    case 'line':
      return [{ kind: 'input', line: operation.line, level: operation.level }];
    case 'serve':
      return [
        { kind: 'input', line: operation.line, level: true },
        ...pollOf(0x20),
        ...(operation.line < 8 ? [] : pollOf(0xa0)),
        { kind: 'input', line: operation.line, level: false },
        ...endOfInterrupt(operation.eoi, operation.line),
      ];
    case 'acknowledge':
      return [{ kind: 'acknowledge' }];
  }
}

const INITIALIZED: readonly PicOperation[] = [0, 1].map((index) => ({
  do: 'initialize',
  chip: index,
  icw1: 0x11,
  icw4: 0x01,
}));

const programs = (all: fc.WeightedArbitrary<PicOperation>[]) =>
  fc
    .array(fc.oneof(...all), { minLength: 1, maxLength: 30 })
    .map((list) => [...INITIALIZED, ...list].flatMap(accesses));

/** Any operation, interrupt acknowledge cycles too. */
export const picPrograms: fc.Arbitrary<Program> = programs([
  ...common,
  lower,
  edgeLevel,
  { weight: 5, arbitrary: fc.constant({ do: 'acknowledge' }) },
]);

/** Lines that already are as a step wants them: telling QEMU again would be a second edge after an ICW1. */
function onlyChanges(program: Program): Program {
  const levels = new Array<boolean>(16).fill(false);
  return program.filter((step) => {
    if (step.kind !== 'input') {
      return true;
    }
    const changes = levels[step.line] !== step.level;
    levels[step.line] = step.level;
    return changes;
  });
}

/** Programs that qtest can play: no acknowledge cycles, and trigger modes chosen while all lines are low. */
export const qemuPicPrograms: fc.Arbitrary<Program> = fc
  .tuple(fc.option(byte), fc.option(byte), programs([...common, lower]))
  .map(([master, slave, program]) =>
    onlyChanges([
      ...(master === null ? [] : [output(0x4d0, master), input(0x4d0)]),
      ...(slave === null ? [] : [output(0x4d1, slave), input(0x4d1)]),
      ...program,
    ]),
  );

/** The processor samples INTR as a level; whether it fell within an access is nothing that a guest can tell. */
export const levelsOnly: Simplify = (_, value, word) => [value, word & 1];

export const picPorts = (port: number, write: boolean): string => {
  const chip = port < 0x4d0 ? (port < 0xa0 ? 'master' : 'slave') : '';
  const name = port >= 0x4d0 ? `ELCR${port - 0x4d0 + 1}` : ['A0=0', 'A0=1'][port & 1]!;
  return `${chip} ${name}${write ? '' : ' read'}`.trim();
};
