import { skipLocals } from './audit';
import { Opcode, Reader, readSections, Section, type SectionBytes, walkInstructions } from './wasm-reader';

/**
 * Bounds every entry into the firmware: a counter is filled when `enter` starts, each turn of a loop takes one from it, each
 * memory.copy and memory.fill one for every 256 bytes, and at zero the firmware traps. Deterministic, unlike a wall-clock
 * watchdog, and 1 ns a turn.
 *
 * The counter is a WebAssembly global that this pass adds after the audit, not a word of guest memory: a guest that
 * scribbles over its firmware's state can make it loop, but cannot give it more fuel. It carries no state from one entry
 * to the next. Recursion needs no fuel: the engine's stack limit traps it.
 */

/** Loop turns allowed in one entry: the string path's 65,536 elements fit some 60 times, a trap follows after milliseconds. */
export const FUEL_PER_ENTRY = 4_000_000;

const I32 = 0x7f;
const MUTABLE = 1;

export function addFuel(binary: Uint8Array): Uint8Array {
  const sections = readSections(binary);
  const globals = countGlobals(sections);
  const entry = findEntry(sections);
  const parameters = parameterCounts(sections);
  const result = sections.map((section) =>
    section.id === Section.CODE
      ? { id: section.id, content: instrument(section.content, globals, entry, parameters) }
      : section,
  );
  placeGlobal(result, globals);
  return Uint8Array.from([...binary.subarray(0, 8), ...result.flatMap(encodeSection)]);
}

function encodeSection({ id, content }: SectionBytes): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function countGlobals(sections: SectionBytes[]): number {
  const section = sections.find(({ id }) => id === Section.GLOBAL);
  return section ? new Reader(section.content).u32() : 0;
}

/** Index of the exported function among those the module defines itself. */
function findEntry(sections: SectionBytes[]): number {
  const reader = new Reader(sections.find(({ id }) => id === Section.EXPORT)?.content ?? new Uint8Array(1));
  if (reader.u32() !== 1 || reader.name() !== 'enter') throw new TypeError('firmware must export enter alone');
  reader.byte();
  return reader.u32() - countImportedFunctions(sections);
}

/** Parameters of each function that the module defines. */
function parameterCounts(sections: SectionBytes[]): number[] {
  const read = (id: number) => new Reader(sections.find((section) => section.id === id)?.content ?? new Uint8Array(1));
  const types = read(Section.TYPE);
  const counts = Array.from({ length: types.u32() }, () => {
    types.byte();
    const parameters = types.take(types.u32()).length;
    types.take(types.u32());
    return parameters;
  });
  const functions = read(Section.FUNCTION);
  return Array.from({ length: functions.u32() }, () => counts[functions.u32()]!);
}

function countImportedFunctions(sections: SectionBytes[]): number {
  const section = sections.find(({ id }) => id === Section.IMPORT);
  const reader = new Reader(section?.content ?? new Uint8Array(1));
  let functions = 0;
  for (let count = reader.u32(); count > 0; count--) {
    reader.name();
    reader.name();
    if (reader.byte() === 0) functions++;
    else if (reader.byte() & 1) reader.u32();
    reader.u32();
  }
  return functions;
}

function placeGlobal(sections: SectionBytes[], globals: number): void {
  const definition = [I32, MUTABLE, Opcode.I32_CONST, 0, Opcode.END];
  const at = sections.findIndex(({ id }) => id === Section.GLOBAL);
  if (at >= 0) {
    const content = sections[at]!.content;
    const reader = new Reader(content);
    reader.u32();
    const extended = [...unsigned(globals + 1), ...content.subarray(reader.position), ...definition];
    sections[at] = { id: Section.GLOBAL, content: Uint8Array.from(extended) };
  } else {
    const before = sections.findIndex(({ id }) => id > Section.GLOBAL);
    sections.splice(before, 0, { id: Section.GLOBAL, content: Uint8Array.from([1, ...definition]) });
  }
}

function instrument(code: Uint8Array, fuel: number, entry: number, parameters: number[]): Uint8Array {
  const reader = new Reader(code);
  const count = reader.u32();
  const result = unsigned(count);
  for (let index = 0; index < count; index++) {
    const body = instrumentBody(reader.take(reader.u32()), fuel, index === entry, parameters[index]!);
    for (const byte of unsigned(body.length)) result.push(byte);
    for (const byte of body) result.push(byte);
  }
  return Uint8Array.from(result);
}

/** One more local, an i32, for the length of a bulk operation. */
const LENGTH_LOCAL = [1, I32];

function instrumentBody(bytes: Uint8Array, fuel: number, isEntry: boolean, parameters: number): number[] {
  const body = new Reader(bytes);
  const groups = body.u32();
  const groupsEnd = body.position;
  body.position = 0;
  const length = parameters + skipLocals(body);
  const result = [...unsigned(groups + 1), ...bytes.subarray(groupsEnd, body.position), ...LENGTH_LOCAL];
  if (isEntry) result.push(Opcode.I32_CONST, ...signed(FUEL_PER_ENTRY), Opcode.GLOBAL_SET, ...unsigned(fuel));
  walkInstructions(body, (opcode, start, end) => {
    if (opcode === Opcode.BULK) result.push(...burnByLength(fuel, length));
    result.push(...bytes.subarray(start, end));
    if (opcode === Opcode.LOOP) result.push(...take(fuel, [Opcode.I32_CONST, 1]));
  });
  return result;
}

/** Before memory.copy and memory.fill, whose length is on top of the stack: fuel -= (length >> 8) + 1. */
function burnByLength(fuel: number, local: number): number[] {
  const length = [0x20, ...unsigned(local)];
  const amount = [...length, Opcode.I32_CONST, 8, 0x76, Opcode.I32_CONST, 1, 0x6a];
  return [0x21, ...unsigned(local), ...take(fuel, amount), ...length];
}

/** fuel -= amount; if fuel < 0: unreachable. `amount` is code that leaves an i32. */
function take(fuel: number, amount: number[]): number[] {
  const index = unsigned(fuel);
  const get = [0x23, ...index];
  return [
    ...[...get, ...amount, 0x6b, Opcode.GLOBAL_SET, ...index],
    ...[...get, Opcode.I32_CONST, 0, 0x48, 0x04, 0x40, 0x00, Opcode.END],
  ];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 0x7f;
    if ((rest < 64 && rest >= 0) || (rest >= -64 && rest < 0)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}
