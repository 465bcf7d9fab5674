/**
 * A vCPU with some RAM, a reset vector, and programs given as bytes in hexadecimal with the assembly beside them. Everything is done
 * through the contract of hypervisor/abi/vcpu.ts.
 */
import { Interpreter, type InterpreterOptions } from '../../../guest/cpu/index';
import { type DomainMemory, PageKind, type Vcpu } from '../../../hypervisor/abi/vcpu';

/** General registers, EIP, EFLAGS, segments, CR0, CR2, CR3, CR4. */
const REGISTERS = 20;
const RAM_BYTES = 4 << 20;
const PAGE = 4096;
/** Page of the buffer behind RAM that holds the reset vector, mapped read-only at the top of the address space. */
const ROM_OFFSET = RAM_BYTES;

// Exit reasons and page kinds, declared again so that a slip in the contract shows.
export const BUDGET = 0;
export const PORT_READ = 1;
export const PORT_WRITE = 2;
export const MEMORY_READ = 3;
export const MEMORY_WRITE = 4;
export const HALT = 5;
export const INTERRUPT_WINDOW = 6;
export const HYPERCALL = 7;
export const SHUTDOWN = 8;

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
export const EIP = 8;
export const EFLAGS = 9;
export const CR2 = 17;

/** Where programs go, in both modes. */
export const PROGRAM = 0x2000;
/** Device page of the tests, in guest-physical memory and in the flat linear address space. */
export const DEVICE = 0x0030_0000;
/** Page at which nothing is. */
export const NOTHING = 0x0031_0000;
export const READ_ONLY = 0x0032_0000;

/** Bytes of a listing: hexadecimal pairs, each line's rest after `;` is for the reader. */
export function bytes(listing: string): number[] {
  const digits = listing
    .split('\n')
    .map((line) => line.split(';')[0])
    .join(' ');
  return (digits.match(/[0-9A-Fa-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

export interface Machine {
  readonly memory: DomainMemory;
  readonly vcpu: Interpreter;
  /** Run with budgets that no test uses up; the exit's reason. */
  run(): number;
  register(index: number): number;
  set(index: number, value: number): void;
  read32(address: number): number;
  write(address: number, values: readonly number[]): void;
  write32(address: number, value: number): void;
}

export function guestMemory(): DomainMemory {
  const buffer = new SharedArrayBuffer(RAM_BYTES + PAGE);
  const pageKind = new Uint8Array(1 << 20).fill(PageKind.RAM, 0, RAM_BYTES / PAGE);
  const pageOffset = new Uint32Array(1 << 20).map((_, page) => (page < RAM_BYTES / PAGE ? page * PAGE : 0));
  pageKind[0xf_ffff] = PageKind.ROM;
  pageOffset[0xf_ffff] = ROM_OFFSET;
  pageKind[DEVICE / PAGE] = PageKind.DEVICE;
  pageKind[NOTHING / PAGE] = PageKind.UNMAPPED;
  pageKind[READ_ONLY / PAGE] = PageKind.ROM;
  return { buffer, bytes: new Uint8Array(buffer), pageKind, pageOffset, generation: 0, writes: 0 };
}

export function registers(vcpu: Interpreter): Int32Array {
  const words = new Int32Array(REGISTERS);
  vcpu.saveRegisters(words, 0, REGISTERS);
  return words;
}

function around(memory: DomainMemory, vcpu: Interpreter): Machine {
  const view = new DataView(memory.buffer);
  return {
    memory,
    vcpu,
    run: () => vcpu.run(1_000_000),
    register(index) {
      return registers(vcpu)[index] >>> 0;
    },
    set(index, value) {
      const changed = registers(vcpu);
      changed[index] = value;
      vcpu.restoreRegisters(changed, 0, REGISTERS);
    },
    read32: (address) => view.getUint32(address, true),
    write: (address, values) => memory.bytes.set(values, address),
    write32: (address, value) => view.setUint32(address, value, true),
  };
}

/** Real mode: `listing` at 0000:2000, SP = 8000h, segments 0. */
export function realMachine(listing: string, options: InterpreterOptions = {}): Machine {
  const memory = guestMemory();
  memory.bytes.set(bytes('EA 00 20 00 00 ; jmp 0:2000h'), ROM_OFFSET + 0xff0);
  memory.bytes.set(bytes(listing), PROGRAM);
  const machine = around(memory, new Interpreter(memory, options));
  stepUntil(machine.vcpu, 1);
  machine.set(ESP, 0x8000);
  return machine;
}

const GDT = 0x500;
const IDT = 0x600;
const ENTER_FLAT = bytes(`
    2E 0F 01 16 80 04        ; lgdt [cs:0x480]
    2E 0F 01 1E 88 04        ; lidt [cs:0x488]
    0F 20 C0                 ; mov eax, cr0
    0C 01                    ; or al, 1
    0F 22 C0                 ; mov cr0, eax
    66 EA 40 04 00 00 08 00  ; jmp dword 8:0x440
`);
const FLAT = bytes(`
    66 B8 10 00              ; mov ax, 16
    8E D8                    ; mov ds, ax
    8E C0                    ; mov es, ax
    8E D0                    ; mov ss, ax
    BC 00 80 00 00           ; mov esp, 0x8000
    B8 00 20 00 00           ; mov eax, 0x2000
    FF E0                    ; jmp eax
`);
const ENTER_FLAT_INSTRUCTIONS = 14;

/** Protected mode, CPL 0: flat 4 GiB segments, ESP = 8000h, `listing` at 2000h. Vectors are set by `gate`. */
export function flatMachine(listing: string, options: InterpreterOptions = {}): Machine {
  const memory = guestMemory();
  const view = new DataView(memory.buffer);
  memory.bytes.set(bytes('EA 00 04 00 00 ; jmp 0:400h'), ROM_OFFSET + 0xff0);
  memory.bytes.set(ENTER_FLAT, 0x400);
  memory.bytes.set(FLAT, 0x440);
  memory.bytes.set(bytes('17 00 00 05 00 00 ; limit, base of the GDT'), 0x480);
  memory.bytes.set(bytes('FF 00 00 06 00 00 ; limit, base of the IDT'), 0x488);
  view.setBigUint64(GDT + 8, 0x00cf_9a00_0000_ffffn, true);
  view.setBigUint64(GDT + 16, 0x00cf_9200_0000_ffffn, true);
  memory.bytes.set(bytes(listing), PROGRAM);
  const machine = around(memory, new Interpreter(memory, options));
  stepUntil(machine.vcpu, ENTER_FLAT_INSTRUCTIONS);
  return machine;
}

/** Interrupt gate (80386, DPL 0) of a flat machine. */
export function gate(machine: Machine, vector: number, offset: number): void {
  machine.write32(IDT + 8 * vector, 0x0008_0000 | (offset & 0xffff));
  machine.write32(IDT + 8 * vector + 4, (offset & 0xffff_0000) | 0x8e00);
}

function stepUntil(vcpu: Vcpu, instructions: number): void {
  vcpu.run(instructions);
  if (vcpu.instructions !== instructions) throw new Error(`the start took ${vcpu.instructions} instructions`);
}
