import { FIRMWARE_DATA, FIRMWARE_DATA_SIZE, REGION_END } from '../../hypervisor/abi/layout';
import { Opcode, Reader, readSections, Section, type SectionBytes, walkInstructions } from './wasm-reader';

/** The hypercalls that a firmware binary may import, with their parameter counts; each returns one i32. */
export const HYPERCALLS: Readonly<Record<string, number>> = {
  event_send: 1,
  set_timer: 3,
  set_irq: 2,
  debug_byte: 2,
  machine: 2,
  map_ports: 3,
  map_memory: 3,
  map_pages: 3,
};

const DOMAIN_PAGES = REGION_END / 65536;
const FUNCTION = 0;
const MEMORY = 2;
const I32 = 0x7f;
/** Limits flag of a shared memory with a maximum ([WebAssembly threads] binary format). */
const SHARED_WITH_MAXIMUM = 0x03;

/**
 * Proves that a compiled firmware keeps all its state in guest memory and reaches nothing but hypercalls.
 *
 * @returns the rules that the binary breaks, one line each; an empty list means that it is sound
 */
export function auditFirmware(binary: Uint8Array): string[] {
  const findings: string[] = [];
  const sections = readSections(binary);
  const types = readTypes(find(sections, Section.TYPE));
  auditImports(find(sections, Section.IMPORT), types, findings);
  auditGlobals(find(sections, Section.GLOBAL), findings);
  auditExports(find(sections, Section.EXPORT), findings);
  auditData(find(sections, Section.DATA), findings);
  auditCode(find(sections, Section.CODE), findings);
  if (find(sections, Section.START)) findings.push('has a start function');
  if (find(sections, Section.MEMORY)) findings.push('defines a memory of its own');
  return findings;
}

function find(sections: SectionBytes[], id: number): Reader | undefined {
  const section = sections.find((candidate) => candidate.id === id);
  return section && new Reader(section.content);
}

/** Function types as text, parameters and results in hexadecimal value types. */
function readTypes(reader: Reader | undefined): string[] {
  const types: string[] = [];
  if (!reader) return types;
  for (let count = reader.u32(); count > 0; count--) {
    reader.byte();
    const parameters = Array.from(reader.take(reader.u32()));
    const results = Array.from(reader.take(reader.u32()));
    types.push(`${parameters}->${results}`);
  }
  return types;
}

function auditImports(reader: Reader | undefined, types: string[], findings: string[]): void {
  let memory = false;
  for (let count = reader?.u32() ?? 0; reader && count > 0; count--) {
    const name = `${reader.name()}.${reader.name()}`;
    const kind = reader.byte();
    if (kind === FUNCTION) auditHypercall(name, types[reader.u32()] ?? '', findings);
    else if (kind === MEMORY) {
      memory = true;
      auditMemory(name, reader, findings);
    } else {
      findings.push(`imports ${name}, which is neither a hypercall nor the memory`);
      return;
    }
  }
  if (!memory) findings.push('does not import its memory');
}

function auditHypercall(name: string, type: string, findings: string[]): void {
  const [module, call = ''] = name.split('.');
  const parameters = module === 'hypercall' ? HYPERCALLS[call] : undefined;
  if (parameters === undefined) findings.push(`imports ${name}, which is not a hypercall`);
  else if (type !== `${new Array(parameters).fill(I32)}->${I32}`)
    findings.push(`imports ${name} with a wrong signature`);
}

function auditMemory(name: string, reader: Reader, findings: string[]): void {
  const flags = reader.byte();
  const minimum = reader.u32();
  const maximum = flags & 1 ? reader.u32() : Number.NaN;
  if (name !== 'env.memory') findings.push(`imports the memory as ${name} instead of env.memory`);
  if (flags !== SHARED_WITH_MAXIMUM || minimum !== DOMAIN_PAGES || maximum !== DOMAIN_PAGES) {
    findings.push(`wants a memory other than ${DOMAIN_PAGES} shared pages`);
  }
}

function auditGlobals(reader: Reader | undefined, findings: string[]): void {
  for (let count = reader?.u32() ?? 0; reader && count > 0; count--) {
    reader.byte();
    if (reader.byte() !== 0) findings.push('has a mutable global: state outside guest memory');
    skipConstant(reader);
  }
}

function skipConstant(reader: Reader): void {
  while (reader.byte() !== Opcode.END) reader.skipSigned();
}

function auditExports(reader: Reader | undefined, findings: string[]): void {
  const names: string[] = [];
  for (let count = reader?.u32() ?? 0; reader && count > 0; count--) {
    names.push(reader.name());
    reader.byte();
    reader.u32();
  }
  if (names.join() !== 'enter') findings.push(`exports ${names.join(', ') || 'nothing'} instead of enter alone`);
}

function auditData(reader: Reader | undefined, findings: string[]): void {
  for (let count = reader?.u32() ?? 0; reader && count > 0; count--) {
    if (reader.u32() !== 0 || reader.byte() !== Opcode.I32_CONST) {
      findings.push('has a data segment without a constant address');
      return;
    }
    const address = reader.i32() >>> 0;
    reader.byte();
    const length = reader.take(reader.u32()).length;
    if (address < FIRMWARE_DATA || address + length > FIRMWARE_DATA + FIRMWARE_DATA_SIZE) {
      findings.push(
        `has ${length} bytes of data at 0x${address.toString(16)}, outside its place in the firmware region`,
      );
    }
  }
}

function auditCode(reader: Reader | undefined, findings: string[]): void {
  for (let count = reader?.u32() ?? 0; reader && count > 0; count--) {
    const body = new Reader(reader.take(reader.u32()));
    skipLocals(body);
    try {
      walkInstructions(body, (opcode) => {
        if (opcode === Opcode.MEMORY_GROW) findings.push('grows its memory');
      });
    } catch (error) {
      findings.push((error as Error).message);
    }
  }
}

/** Pass over a function's declarations of locals; how many it declares. */
export function skipLocals(body: Reader): number {
  let locals = 0;
  for (let groups = body.u32(); groups > 0; groups--) {
    locals += body.u32();
    body.byte();
  }
  return locals;
}
