import fc from 'fast-check';
import { input, output, type Program, type Step } from '../../helpers/device-program/steps';

const [DATA, COMMAND] = [0x60, 0x64] as const;
const WRITE_COMMAND_BYTE = 0x60;
const WRITE_OUTPUT_PORT = 0xd1;

/** What a BIOS, a keyboard driver, or a guest gone wild does to a keyboard controller. */
export type KeyboardOperation =
  /** A command of the controller's, with what follows it at 60h. */
  | { readonly do: 'command'; readonly command: number; readonly data: readonly number[] }
  /** Bytes for the keyboard. */
  | { readonly do: 'send'; readonly bytes: readonly number[] }
  /** A byte, its answer, and a request for a repetition. */
  | { readonly do: 'ask again'; readonly byte: number }
  /** Questions whose answers nobody fetches, and something else after them. */
  | { readonly do: 'flood'; readonly count: number; readonly last: number }
  /** Pairs of status and data. */
  | { readonly do: 'drain'; readonly count: number }
  | { readonly do: 'read'; readonly port: number; readonly width: 1 | 2 };

const byte = fc.integer({ min: 0, max: 255 });
const scanCodes = fc.integer({ min: 0, max: 9 });
/** No bits but those that a lamp or a rate has: what else the keyboard makes of them is its maker's. */
const lamps = fc.integer({ min: 0, max: 7 });
const rate = fc.integer({ min: 0, max: 0x7f });

/** Commands without data. F0h-FFh with an even number would reset the machine. */
const plainCommand = fc.constantFrom(
  ...[0x20, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xad, 0xae, 0xad, 0xae, 0xc0, 0xd0, 0xdd, 0xdf, 0xff, 0xf1],
);
const alone = (number: number) => ({ do: 'command' as const, command: number, data: [] });
const command = (number: number, data: fc.Arbitrary<number>) =>
  data.map((value) => ({ do: 'command' as const, command: number, data: [value] }));

/** Commands of the keyboard that a keyboard with 101 keys has in every scan code set, with their options. */
const sequence: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constantFrom(0xee, 0xf2, 0xf4, 0xf5, 0xf6, 0xfe, 0xff).map((value) => [value]),
  lamps.map((value) => [0xed, value]),
  rate.map((value) => [0xf3, value]),
  scanCodes.map((value) => [0xf0, value]),
  // An option that never comes, and a byte that is no command.
  fc.constantFrom(0xed, 0xf0, 0xf3).map((value) => [value]),
  fc.integer({ min: 0, max: 7 }).map((value) => [value]),
);

const operation: fc.Arbitrary<KeyboardOperation> = fc.oneof(
  { weight: 5, arbitrary: plainCommand.map(alone) },
  { weight: 3, arbitrary: command(WRITE_COMMAND_BYTE, fc.oneof(byte, fc.constantFrom(0x01, 0x41, 0x51))) },
  // Bit 0 low would reset the machine.
  {
    weight: 1,
    arbitrary: command(
      WRITE_OUTPUT_PORT,
      byte.map((value) => value | 1),
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(0xd2, 0xd3, 0xd4).chain((number) => command(number, byte)) },
  // A command that nobody knows, and one that another command takes the place of.
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 0x1f }).map(alone),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0x60, 0xd2, 0xd4).map(alone),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), bytes: sequence }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('ask again' as const),
      byte: fc.constantFrom(0x00, 0x07, 0xee, 0xf2, 0xff),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('flood' as const),
      count: fc.integer({ min: 1, max: 8 }),
      last: fc.constantFrom(0xf0, 0xf2, 0xf4, 0xf5, 0xee),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('drain' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      port: fc.constantFrom(DATA, COMMAND),
      width: fc.constantFrom(1 as const, 2 as const),
    }),
  },
);

const drain = (count: number): Step[] => Array.from({ length: count }, () => [input(COMMAND), input(DATA)]).flat();

function accesses(each: KeyboardOperation): readonly Step[] {
  switch (each.do) {
    case 'command':
      return [output(COMMAND, each.command), ...each.data.map((value) => output(DATA, value)), input(COMMAND)];
    case 'send':
      return each.bytes.flatMap((value) => [output(DATA, value), input(COMMAND)]);
    case 'ask again':
      return [output(DATA, each.byte), ...drain(4), output(DATA, 0xfe), ...drain(2)];
    case 'flood':
      return [...new Array<Step>(each.count).fill(output(DATA, 0xf2)), output(DATA, each.last), ...drain(18)];
    case 'drain':
      return drain(each.count);
    case 'read':
      return [input(each.port, each.width)];
  }
}

/** The command byte is nobody's before it is written, and RESEND needs something that was sent. */
const INITIALIZED: readonly Step[] = [
  output(COMMAND, WRITE_COMMAND_BYTE),
  output(DATA, 0x01),
  output(DATA, 0xee),
  ...drain(2),
];

export const keyboardPrograms: fc.Arbitrary<Program> = fc
  .array(operation, { minLength: 1, maxLength: 24 })
  .map((list) => [...INITIALIZED, ...list.flatMap(accesses)]);

export const keyboardPorts = (port: number, write: boolean): string =>
  port === DATA ? 'data' : write ? 'command' : 'status';
