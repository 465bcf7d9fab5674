/**
 * A machine around a vCPU that puts it into the world of layout.ts: monitor in ring 0, the case at level 3, every
 * vector caught. The vCPU is used only through the contract of `hypervisor/abi/vcpu.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DomainMemory, Exit, PageKind, type Vcpu } from '../../../../hypervisor/abi/vcpu';
import type { Change, TestCase, TestResult } from '../case';
import { CODE_BYTES, DESCRIPTORS, type Descriptor, LDT_ENTRIES, pristine, WINDOWS } from '../layout';

const MEMORY_BYTES = 0x100000;
/** Addresses of monitor.asm. */
const MONITOR = 0x40000;
const VECTORS = MONITOR + 0x100;
const MAILBOX = 0x48000;
const MAILBOX_WORDS = 19;
const STAGE = 0x48100;
const CODE_ADDRESS = 0x48140;
const USE_PAGING = 0x48144;
const TABLE_REGISTERS = 0x48150;
const STACK_ALIAS = 0x48160;
const DOORBELL = 0xe9;
const TSS = 0x49000;
const GDT = 0x4a000;
const IDT = 0x4b000;
const LDT = 0x4c000;
const PAGE_DIRECTORY = 0x50000;
const PAGE_TABLE = 0x51000;
/** Offset in memory of the page that lies at the reset vector. */
const RESET_PAGE = 0xff000;

/** Descriptor of the segment through which the frame is popped. */
const ALIAS_ENTRY = 3;

/** Words of the mailbox, in the order in which the monitor pops them. */
const Frame = {
  GS: 0,
  FS: 1,
  ES: 2,
  DS: 3,
  GENERAL: 4,
  VECTOR: 12,
  ERROR: 13,
  EIP: 14,
  CS: 15,
  EFLAGS: 16,
  ESP: 17,
  SS: 18,
};
/** PUSHA pushes EAX first, so EDI is lowest. */
const GENERAL_ORDER = [7, 6, 5, 4, 3, 2, 1, 0];
const ESP = 4;

/** Type field with S, DPL 3 and the accessed bit ([SDM] vol. 3, 3.4.5.1). */
function accessRights(descriptor: Descriptor): number {
  const kind = { data: 0, 'expand-down': 4, code: 8, conforming: 0xc }[descriptor.type];
  const capable = descriptor.restricted ? 0 : 2;
  return 0x70 | (descriptor.present ? 0x80 : 0) | kind | capable | 1;
}

/** The eight bytes of a segment descriptor. */
function describe(base: number, limit: number, rights: number, flags: number): [number, number] {
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (rights << 8) | ((base >>> 16) & 0xff);
  return [low, high];
}

/** What a run of a case came to, or why there is nothing to compare. */
export type Outcome = TestResult | { readonly broken: string };

/** @throws when nasm is missing or refuses the source */
export function assembleMonitor(): Buffer {
  const output = join(mkdtempSync(join(tmpdir(), 'selfio-monitor-')), 'monitor.bin');
  const source = fileURLToPath(new URL('monitor.asm', import.meta.url));
  execFileSync('nasm', ['-f', 'bin', '-o', output, source], { stdio: 'inherit' });
  return readFileSync(output);
}

export const committedMonitor = (): Buffer => readFileSync(new URL('monitor.bin', import.meta.url));

export class ReplayMachine {
  readonly memory: DomainMemory;
  private readonly words: Int32Array;
  private readonly images = WINDOWS.map((window) => Buffer.from(pristine(window)));
  private readonly scratch = Buffer.alloc(Math.max(...WINDOWS.map((window) => window.bytes)));
  private readonly windows: Buffer[];
  private readonly vcpu: Vcpu;

  constructor(create: (memory: DomainMemory) => Vcpu, paging: boolean) {
    const buffer = new SharedArrayBuffer(MEMORY_BYTES);
    const bytes = new Uint8Array(buffer);
    const pageKind = new Uint8Array(1 << 20).fill(PageKind.RAM, 0, MEMORY_BYTES >>> 12);
    const pageOffset = new Uint32Array(1 << 20).map((_, page) => page << 12);
    pageKind[0xfffff] = PageKind.ROM;
    pageOffset[0xfffff] = RESET_PAGE;
    this.memory = { buffer, bytes, pageKind, pageOffset, generation: 0, writes: 0 };
    this.words = new Int32Array(buffer);
    bytes.set(committedMonitor(), MONITOR);
    // JMP 4000:0000 at FFFFFFF0h.
    bytes.set([0xea, 0x00, 0x00, 0x00, 0x40], RESET_PAGE + 0xff0);
    this.windows = WINDOWS.map((window) => Buffer.from(buffer as unknown as ArrayBuffer, window.address, window.bytes));
    this.windows.forEach((window, i) => {
      this.images[i].copy(window);
    });
    this.writeTables();
    if (paging) this.writePageTables();
    this.words[CODE_ADDRESS >>> 2] = WINDOWS[0].address;
    bytes.fill(0xcc, STAGE, STAGE + CODE_BYTES);
    this.vcpu = create(this.memory);
    this.vcpu.reset();
    this.toDoorbell();
  }

  private writeTables(): void {
    const { words } = this;
    const put = (table: number, index: number, [low, high]: [number, number]) => {
      words[(table >>> 2) + 2 * index] = low;
      words[(table >>> 2) + 2 * index + 1] = high;
    };
    put(GDT, 1, describe(0, 0xfffff, 0x9b, 0xc));
    put(GDT, 2, describe(0, 0xfffff, 0x93, 0xc));
    put(GDT, 4, describe(0, 0xfffff, 0xfb, 0xc));
    put(GDT, 5, describe(0, 0xfffff, 0xf3, 0xc));
    put(GDT, 6, describe(LDT, LDT_ENTRIES * 8 - 1, 0x82, 0));
    put(GDT, 7, describe(TSS, 0x67, 0x89, 0));
    for (const each of DESCRIPTORS) {
      const flags = (each.pages ? 8 : 0) | (each.big ? 4 : 0);
      put(LDT, each.index, describe(each.base, each.limit, accessRights(each), flags));
    }
    // Interrupt gates; INT3 and INTO are open to level 3.
    for (let vector = 0; vector < 32; vector++) {
      const handler = VECTORS + vector * 16;
      const level = vector === 3 || vector === 4 ? 0x60 : 0;
      put(IDT, vector, [(0x08 << 16) | (handler & 0xffff), (handler & 0xffff0000) | ((0x8e | level) << 8)]);
    }
    words[(TSS + 4) >>> 2] = MAILBOX + MAILBOX_WORDS * 4;
    words[(TSS + 8) >>> 2] = 0x10;
    words[(TSS + 0x64) >>> 2] = 0x68 << 16;
    const registers = new DataView(this.memory.buffer, TABLE_REGISTERS);
    registers.setUint16(0, 8 * 8 - 1, true);
    registers.setUint32(2, GDT, true);
    registers.setUint16(8, 32 * 8 - 1, true);
    registers.setUint32(10, IDT, true);
  }

  /** Identity mapping: the windows for level 3, the monitor's pages for ring 0, nothing else. */
  private writePageTables(): void {
    const map = (first: number, bytes: number, flags: number) => {
      for (let page = first; page < first + bytes; page += 0x1000)
        this.words[(PAGE_TABLE >>> 2) + (page >>> 12)] = page | flags;
    };
    this.words[PAGE_DIRECTORY >>> 2] = PAGE_TABLE | 7;
    for (const window of WINDOWS) map(window.address, window.bytes, window.kind === 'read-only' ? 5 : 7);
    map(MONITOR, 0x10000, 3);
    this.words[USE_PAGING >>> 2] = 1;
  }

  /** Run until the monitor rings its doorbell. @returns false when it never does */
  private toDoorbell(): boolean {
    const reason = this.vcpu.run(20_000);
    return reason === Exit.PORT_WRITE && this.vcpu.exit.address === DOORBELL;
  }

  run(test: TestCase): Outcome {
    const { bytes } = this.memory;
    for (const patch of test.patches) bytes.set(patch.bytes, patch.address);
    bytes.fill(0xcc, STAGE, STAGE + CODE_BYTES).set(test.code, STAGE);
    this.words[CODE_ADDRESS >>> 2] = test.codeAddress;
    this.writeFrame(test);
    this.vcpu.completeWrite();
    if (!this.toDoorbell()) return { broken: `the monitor is not reached again: exit ${this.vcpu.exit.reason}` };
    return this.readFrame(test);
  }

  private writeFrame(test: TestCase): void {
    const frame = this.words.subarray(MAILBOX >>> 2, (MAILBOX >>> 2) + MAILBOX_WORDS);
    [frame[Frame.ES], frame[Frame.CS], frame[Frame.SS], frame[Frame.DS], frame[Frame.FS], frame[Frame.GS]] =
      test.selectors;
    GENERAL_ORDER.forEach((register, i) => {
      frame[Frame.GENERAL + i] = test.registers[register];
    });
    frame[Frame.ESP] = test.registers[ESP];
    frame[Frame.EIP] = test.eip;
    frame[Frame.EFLAGS] = test.eflags;
    frame[Frame.VECTOR] = -1;
    // The monitor's last stack pointer has the upper half that the case is to find.
    const pointer = (test.registers[ESP] & 0xffff0000) >>> 0;
    const [low, high] = describe(MAILBOX + Frame.EIP * 4 - pointer, 0xfffff, 0x93, 0xc);
    this.words.set([low, high], (GDT >>> 2) + 2 * ALIAS_ENTRY);
    this.words.set([pointer, ALIAS_ENTRY * 8], STACK_ALIAS >>> 2);
  }

  private readFrame(test: TestCase): Outcome {
    const frame = new Uint32Array(this.memory.buffer, MAILBOX, MAILBOX_WORDS);
    if ((frame[Frame.CS] & 3) !== 3) return { broken: `exception ${frame[Frame.VECTOR]} inside the monitor` };
    const registers = GENERAL_ORDER.map((_, register) =>
      register === ESP ? frame[Frame.ESP] : frame[Frame.GENERAL + 7 - register],
    );
    const selectors = [Frame.ES, Frame.CS, Frame.SS, Frame.DS, Frame.FS, Frame.GS].map((word) => frame[word] & 0xffff);
    const vector = frame[Frame.VECTOR];
    return {
      vector,
      error: frame[Frame.ERROR],
      cr2: vector === 14 ? this.pageFaultAddress() : 0,
      eip: frame[Frame.EIP],
      eflags: frame[Frame.EFLAGS],
      registers,
      selectors,
      changes: this.takeChanges(test),
    };
  }

  private pageFaultAddress(): number {
    const registers = new Int32Array(20);
    this.vcpu.saveRegisters(registers, 0, registers.length);
    return registers[17] >>> 0;
  }

  /** What the case changed in the data windows; afterwards they are pristine again. */
  private takeChanges(test: TestCase): Change[] {
    const changes: Change[] = [];
    this.windows.forEach((window, i) => {
      const { address } = WINDOWS[i];
      const image = this.images[i];
      const patched = test.patches.filter(
        (patch) => patch.address >= address && patch.address < address + image.length,
      );
      if (patched.length === 0 && window.equals(image)) return;
      const before = this.scratch.subarray(0, image.length);
      image.copy(before);
      for (const patch of patched) before.set(patch.bytes, patch.address - address);
      if (WINDOWS[i].kind !== 'code') differences(address, before, window, changes);
      image.copy(window);
    });
    return changes;
  }
}

/** Runs of differing bytes. Both begin at a multiple of four, so that equal words are passed over quickly. */
function differences(address: number, before: Buffer, after: Buffer, into: Change[]): void {
  const wordsOf = (bytes: Buffer) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const [old, now] = [wordsOf(before), wordsOf(after)];
  for (let i = 0; i < before.length; i++) {
    if ((i & 3) === 0 && old[i >>> 2] === now[i >>> 2]) i += 3;
    else if (before[i] !== after[i]) {
      let end = i + 1;
      while (end < before.length && before[end] !== after[end]) end++;
      into.push({ address: address + i, bytes: Uint8Array.from(after.subarray(i, end)) });
      i = end - 1;
    }
  }
}
