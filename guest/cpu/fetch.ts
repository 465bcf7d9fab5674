import { type CodeCache, Kind, MODE_SHIFT, MODE_STEP, RECORD } from './code-cache';
import { Decoder, LONGEST, RECORDS_EACH } from './decode';
import { FIELD_A, META_BEFORE, OPERATION_MASK, operation } from './operations';
import type { Processor } from './processor';
import { CS, USER } from './state';

/** Longest run in instructions; the loop's reserve is twice that, so a run never passes the end of the budget. */
const LONGEST_RUN = 32;
const KIND_MASK = 3;

const JCC_LINK = operation('JCC_LINK');
const JCC = operation('JCC0');
const CHAINED = new Map([
  [operation('JMP_LINK'), operation('JMP_CHAIN')],
  [operation('CALL_LINK'), operation('CALL_CHAIN')],
  [operation('CONTINUE_LINK'), operation('JMP_CHAIN')],
]);
const CONTINUE_LINK = operation('CONTINUE_LINK');
const CONTINUE = operation('CONTINUE');

/** Finds or makes the records for an instruction pointer. */
export class Fetcher {
  private readonly decoder: Decoder;
  private readonly buffer = new Uint8Array(LONGEST + 1);

  constructor(
    private readonly cpu: Processor,
    private readonly code: CodeCache,
  ) {
    this.decoder = new Decoder(code.records);
  }

  /**
   * Record of the instruction at `eip`. Raises #GP(0) beyond the limit of CS, and page faults.
   * @param mode as in CodeCache.translations, in its place
   */
  resolve(eip: number, mode: number): number {
    const { cpu, code } = this;
    if (eip >>> 0 > cpu.limits[CS]) cpu.protectionFault();
    const linear = (cpu.bases[CS] + eip) | 0;
    const place = cpu.translation.locateCode(linear, cpu.file[USER]);
    const offset = linear & 0xfff;
    if (place < 0 || !this.pageInSegment(eip, offset)) return this.scratch(eip, linear, mode);
    const kind = (mode >>> MODE_SHIFT) & (KIND_MASK | MODE_STEP);
    const slot = code.slotFor(place >>> 12, kind);
    const index = (linear >>> 12) | mode;
    if (code.translations[index] !== slot) code.translate(index, slot);
    const known = code.entries[(slot << 12) | offset];
    if (known !== 0) return known;
    const pc = this.decodeRun(slot, place, offset, kind);
    return pc !== 0 ? pc : this.scratch(eip, linear, mode);
  }

  /** Every byte of the page that holds `eip` from there on lies within the limit of CS. */
  private pageInSegment(eip: number, offset: number): boolean {
    const last = (eip - offset + 0xfff) >>> 0;
    return last <= this.cpu.limits[CS] && eip >>> 0 <= last;
  }

  /** Decode instructions of one page until control leaves for certain; 0 if not even the first is wholly in the page. */
  private decodeRun(slot: number, place: number, offset: number, mode: number): number {
    const { code, decoder, cpu } = this;
    if (code.reserve((LONGEST_RUN + 1) * RECORDS_EACH * RECORD)) return 0;
    const stepping = (mode & MODE_STEP) !== 0;
    decoder.at = code.free;
    decoder.kind = mode & KIND_MASK;
    decoder.chains = decoder.kind === Kind.FLAT32 && !stepping;
    decoder.start(cpu.memory.bytes, place + offset, place + 0x1000, offset);
    const entries = slot << 12;
    const longest = stepping ? 1 : LONGEST_RUN;
    const first = code.free;
    let count = 0;
    for (;;) {
      const start = decoder.pageOffset;
      const known = count > 0 && start < 0x1000 ? code.entries[entries | start] : 0;
      if (count === longest || known !== 0 || start === 0x1000) break;
      const record = decoder.at;
      if (!decoder.instruction(count)) break;
      code.entries[entries | start] = record;
      count++;
      if (decoder.ends) break;
    }
    if (count === 0) return 0;
    if (!decoder.ends) this.continueAt(decoder.pageOffset, count);
    code.cover(slot, offset, decoder.pageOffset - offset);
    code.free = decoder.at;
    this.watch(place >>> 12);
    return first;
  }

  /** End the run without an instruction of its own. */
  private continueAt(offset: number, count: number): void {
    const { decoder } = this;
    const near = decoder.chains && offset < 0x1000 && !decoder.short;
    decoder.emit(near ? CONTINUE_LINK : CONTINUE, 0, 0, offset);
    this.code.records[decoder.at - 1] = (offset & 0xfff) | (count << META_BEFORE);
  }

  private watch(page: number): void {
    if (this.code.watched[page] !== 0) return;
    this.code.watched[page] = 1;
    this.cpu.translation.revokeWrites(page);
  }

  /** Records, not kept, for an instruction that straddles pages, meets the limit of CS, or is not in memory. */
  private scratch(eip: number, linear: number, mode: number): number {
    const { decoder } = this;
    const length = this.fetchBytes(eip, linear);
    decoder.at = RECORD;
    decoder.kind = (mode >>> MODE_SHIFT) & KIND_MASK;
    decoder.chains = false;
    decoder.start(this.buffer, 0, length, linear & 0xfff);
    // All 15 bytes were there, or the limit ended them before the instruction did.
    if (!decoder.instruction(0)) this.cpu.protectionFault();
    if (!decoder.ends) this.continueAt(decoder.pageOffset, 1);
    return RECORD;
  }

  /**
   * Copy the bytes from `eip` on into the buffer as far as the instruction needs them: the second page only if the first does not suffice,
   * as fetching it may fault.
   */
  private fetchBytes(eip: number, linear: number): number {
    const room = Math.min(LONGEST + 1, this.cpu.limits[CS] - (eip >>> 0) + 1);
    const inPage = Math.min(room, 0x1000 - (linear & 0xfff));
    this.copyBytes(0, inPage, linear);
    if (inPage === room || this.completes(inPage, linear & 0xfff)) return inPage;
    this.copyBytes(inPage, room, linear);
    return room;
  }

  private copyBytes(from: number, to: number, linear: number): void {
    const { cpu } = this;
    const place = cpu.translation.locateCode((linear + from) | 0, cpu.file[USER]);
    for (let at = from; at < to; at++) {
      // Where there is no memory the bus floats: FFh, and FF FF is undefined.
      this.buffer[at] = place < 0 ? 0xff : cpu.memory.bytes[place + ((linear + at) & 0xfff)];
    }
  }

  private completes(length: number, pageOffset: number): boolean {
    const { decoder } = this;
    decoder.at = RECORD;
    decoder.start(this.buffer, 0, length, pageOffset);
    return decoder.instruction(0);
  }

  /**
   * The branch at record `pc` is taken to a place in its own page: chain it to the target's record, after decoding the target if need be.
   * @param page EIP of the page's first byte
   */
  link(pc: number, page: number, mode: number): void {
    const { code } = this;
    const { records } = code;
    const { epoch } = code;
    const target = records[pc + 1];
    const linear = (this.cpu.bases[CS] + page + target) | 0;
    const slot = code.translations[(linear >>> 12) | mode];
    const known = slot === 0 ? 0 : code.entries[(slot << 12) | target];
    const record = known !== 0 ? known : this.resolve((page + target) | 0, mode);
    if (code.epoch !== epoch || record === RECORD) return;
    this.chain(pc, record);
  }

  private chain(pc: number, record: number): void {
    const { records } = this.code;
    const word = records[pc];
    const kind = word & OPERATION_MASK;
    const counts = kind === CONTINUE_LINK ? 0 : 1;
    const number = kind === JCC_LINK ? JCC + ((word >>> FIELD_A) & 15) : CHAINED.get(kind)!;
    records[pc] = (word & ~OPERATION_MASK) | number;
    records[pc + 1] = record;
    records[pc + 2] = (records[pc + 3] >>> META_BEFORE) + counts - (records[record + 3] >>> META_BEFORE);
  }
}
