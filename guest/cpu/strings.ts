import { setCompareFlags } from './flags';
import { addressMask, INFO_REPE, INFO_REPNE, infoSegment, infoSize, zeroExtend } from './operands';
import type { Processor } from './processor';
import {
  ATTENTION,
  DF,
  EAX,
  ECX,
  EDI,
  EIP,
  ES,
  ESI,
  FLAG_ZERO,
  ITERATIONS,
  NEXT_EIP,
  REMAINING,
  RF,
  SYSTEM_FLAGS,
  USER,
} from './state';

/**
 * String instructions. Repeated ones work in chunks that lie in one page (of source and of destination), at memory speed;
 * what the chunks cannot do (page ends, devices, watched code, descending order) goes element by element through the checked
 * accessors. Registers are up to date after each chunk or element, so a fault leaves exactly the rest to do.
 */

const REPEATED = INFO_REPE | INFO_REPNE;

/** Iterations to do now: those that ECX asks for, within the instruction budget; at most one when something may follow it. */
function iterations(cpu: Processor, info: number): number {
  if ((info & REPEATED) === 0) return 1;
  if (cpu.file[ATTENTION] !== 0) return (cpu.file[ECX] & addressMask(info)) === 0 ? 0 : 1;
  return Math.min((cpu.file[ECX] & addressMask(info)) >>> 0, cpu.file[REMAINING]);
}

/** +1 or -1 element, in bytes. */
export function stringStep(cpu: Processor, size: number): number {
  return (cpu.file[SYSTEM_FLAGS] & DF) !== 0 ? -(1 << size) : 1 << size;
}

/** Add to an index or count register at the width of addresses. */
export function advance(cpu: Processor, index: number, distance: number, info: number): void {
  if (addressMask(info) === -1) cpu.file[index] += distance;
  else cpu.file16[2 * index] += distance;
}

/** `done` elements are finished: count them and step past the instruction when none is left. */
function finishElements(cpu: Processor, info: number, done: number): void {
  const { file } = cpu;
  file[ITERATIONS] += done;
  cpu.replayCount = 0;
  cpu.replayAt = 0;
  if ((info & REPEATED) !== 0) advance(cpu, ECX, -done, info);
}

/**
 * Where execution continues: behind the instruction, or at it again. `stop` ends the repetition early.
 * What comes between iterations finds RF set, so that a breakpoint on the instruction is not met again ([SDM] vol. 3, 17.3.1.1).
 */
function settle(cpu: Processor, info: number, stop: boolean): void {
  const { file } = cpu;
  const more = (info & REPEATED) !== 0 && !stop && (file[ECX] & addressMask(info)) !== 0;
  if (more) file[SYSTEM_FLAGS] |= RF;
  else file[EIP] = file[NEXT_EIP];
}

/** Buffer offset for a chunk that begins at `offset`, or -1 when it has to go by elements. */
function chunkPlace(cpu: Processor, segment: number, offset: number, bytes: number, write: boolean): number {
  const limit = write ? cpu.writeLimits[segment] : cpu.readLimits[segment];
  if ((offset >>> 0) + bytes > limit) return -1;
  const linear = (cpu.bases[segment] + offset) | 0;
  const { readTable, writeTable } = cpu.translation;
  const place = (write ? writeTable : readTable)[(linear >>> 12) | cpu.file[USER]] ^ linear;
  return place & 0xc000_0000 ? -1 : place;
}

/** Elements from `offset` that lie wholly in its page, at most `count`; 0 while ascending order or alignment checks forbid chunks. */
function chunkElements(cpu: Processor, segment: number, offset: number, size: number, count: number): number {
  const linear = (cpu.bases[segment] + offset) | 0;
  if (cpu.translation.alignmentCheck && (linear & ((1 << size) - 1)) !== 0) return 0;
  return Math.min(count, (0x1000 - (linear & 0xfff)) >>> size);
}

/** Elements that do not pass the end of a 16-bit offset. */
function beforeWrap(offset: number, size: number, mask: number, count: number): number {
  return mask === -1 ? count : Math.min(count, (0x1_0000 - offset) >>> size);
}

/** MOVS. */
export function moveString(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const mask = addressMask(info);
  const step = stringStep(cpu, size);
  let left = iterations(cpu, info);
  while (left > 0) {
    const done = step > 0 && left > 1 ? moveChunk(cpu, info, size, mask, left) : 0;
    if (done === 0) {
      const value = cpu.read(infoSegment(info), file[ESI] & mask, size);
      cpu.write(ES, file[EDI] & mask, value, size);
    }
    const moved = done === 0 ? 1 : done;
    advance(cpu, ESI, moved * step, info);
    advance(cpu, EDI, moved * step, info);
    finishElements(cpu, info, moved);
    left -= moved;
    if (file[ATTENTION] !== 0) break;
  }
  settle(cpu, info, false);
}

function moveChunk(cpu: Processor, info: number, size: number, mask: number, left: number): number {
  const { file } = cpu;
  const segment = infoSegment(info);
  const source = file[ESI] & mask;
  const destination = file[EDI] & mask;
  let count = chunkElements(cpu, segment, source, size, left);
  count = chunkElements(cpu, ES, destination, size, count);
  count = beforeWrap(destination, size, mask, beforeWrap(source, size, mask, count));
  const bytes = count << size;
  if (count === 0) return 0;
  const from = chunkPlace(cpu, segment, source, bytes, false);
  const to = chunkPlace(cpu, ES, destination, bytes, true);
  if (from < 0 || to < 0) return 0;
  if (to <= from || to >= from + bytes) cpu.memory.bytes.copyWithin(to, from, from + bytes);
  else copyOverlapping(cpu.memory.bytes, to, from, bytes, size);
  return count;
}

/** The destination begins inside the source: later elements read what earlier ones wrote. */
function copyOverlapping(memory: Uint8Array, to: number, from: number, bytes: number, size: number): void {
  const width = 1 << size;
  for (let at = 0; at < bytes; at += width) {
    // A whole element is read before it is written.
    for (let i = 0; i < width; i++) element[i] = memory[from + at + i];
    for (let i = 0; i < width; i++) memory[to + at + i] = element[i];
  }
}

const element = new Uint8Array(4);

/** STOS. */
export function storeString(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const mask = addressMask(info);
  const step = stringStep(cpu, size);
  let left = iterations(cpu, info);
  while (left > 0) {
    let done = step > 0 && left > 1 ? storeChunk(cpu, size, mask, left) : 0;
    if (done === 0) {
      cpu.write(ES, file[EDI] & mask, cpu.register(EAX, size), size);
      done = 1;
    }
    advance(cpu, EDI, done * step, info);
    finishElements(cpu, info, done);
    left -= done;
    if (file[ATTENTION] !== 0) break;
  }
  settle(cpu, info, false);
}

function storeChunk(cpu: Processor, size: number, mask: number, left: number): number {
  const destination = cpu.file[EDI] & mask;
  const count = beforeWrap(destination, size, mask, chunkElements(cpu, ES, destination, size, left));
  const to = count === 0 ? -1 : chunkPlace(cpu, ES, destination, count << size, true);
  if (to < 0) return 0;
  const value = cpu.file[EAX];
  const { bytes } = cpu.memory;
  if (isUniform(value, size)) bytes.fill(value & 0xff, to, to + (count << size));
  else for (let at = 0; at < count << size; at++) bytes[to + at] = value >>> (8 * (at & ((1 << size) - 1)));
  return count;
}

/** All bytes of the element are equal. */
function isUniform(value: number, size: number): boolean {
  return size === 0 || zeroExtend(value, size) === zeroExtend((value & 0xff) * 0x0101_0101, size);
}

/** LODS. */
export function loadString(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const mask = addressMask(info);
  const step = stringStep(cpu, size);
  for (let left = iterations(cpu, info); left > 0; left--) {
    cpu.setRegister(EAX, size, cpu.read(infoSegment(info), file[ESI] & mask, size));
    advance(cpu, ESI, step, info);
    finishElements(cpu, info, 1);
    if (file[ATTENTION] !== 0) break;
  }
  settle(cpu, info, false);
}

/** SCAS, ends a repetition when ZF differs from what REPE (1) or REPNE (0) wants. */
export function scanString(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const mask = addressMask(info);
  const step = stringStep(cpu, size);
  const accumulator = cpu.register(EAX, size);
  let stop = false;
  let left = iterations(cpu, info);
  while (left > 0 && !stop) {
    const skipped = size === 0 && step > 0 && left > 1 ? scanChunk(cpu, info, mask, left) : 0;
    if (skipped !== 0) {
      advance(cpu, EDI, skipped, info);
      finishElements(cpu, info, skipped);
      left -= skipped;
      continue;
    }
    setCompareFlags(file, accumulator, cpu.read(ES, file[EDI] & mask, size), size);
    advance(cpu, EDI, step, info);
    finishElements(cpu, info, 1);
    left--;
    stop = endsRepetition(cpu, info);
    if (file[ATTENTION] !== 0) break;
  }
  settle(cpu, info, stop);
}

/** Elements that do not end the repetition and are not the last: they leave no trace in the flags. */
function scanChunk(cpu: Processor, info: number, mask: number, left: number): number {
  const { bytes } = cpu.memory;
  const offset = cpu.file[EDI] & mask;
  const count = beforeWrap(offset, 0, mask, chunkElements(cpu, ES, offset, 0, left - 1));
  const at = count <= 0 ? -1 : chunkPlace(cpu, ES, offset, count, false);
  if (at < 0) return 0;
  const wanted = cpu.file8[0];
  const whileEqual = (info & INFO_REPE) !== 0;
  let done = 0;
  while (done < count && (bytes[at + done] === wanted) === whileEqual) done++;
  return done;
}

function endsRepetition(cpu: Processor, info: number): boolean {
  if ((info & REPEATED) === 0) return false;
  return (cpu.file[FLAG_ZERO] === 0) !== ((info & INFO_REPE) !== 0);
}

/** CMPS. */
export function compareString(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const mask = addressMask(info);
  const step = stringStep(cpu, size);
  let stop = false;
  let left = iterations(cpu, info);
  while (left > 0 && !stop) {
    const skipped = size === 0 && step > 0 && left > 1 ? compareChunk(cpu, info, mask, left) : 0;
    if (skipped === 0) {
      const first = cpu.read(infoSegment(info), file[ESI] & mask, size);
      setCompareFlags(file, first, cpu.read(ES, file[EDI] & mask, size), size);
      stop = endsRepetition(cpu, info);
    }
    const done = skipped === 0 ? 1 : skipped;
    advance(cpu, ESI, done * step, info);
    advance(cpu, EDI, done * step, info);
    finishElements(cpu, info, done);
    left -= done;
    if (file[ATTENTION] !== 0) break;
  }
  settle(cpu, info, stop);
}

/** As scanChunk. */
function compareChunk(cpu: Processor, info: number, mask: number, left: number): number {
  const { bytes } = cpu.memory;
  const segment = infoSegment(info);
  const source = cpu.file[ESI] & mask;
  const destination = cpu.file[EDI] & mask;
  let count = chunkElements(cpu, segment, source, 0, left - 1);
  count = chunkElements(cpu, ES, destination, 0, count);
  count = beforeWrap(destination, 0, mask, beforeWrap(source, 0, mask, count));
  if (count <= 0) return 0;
  const first = chunkPlace(cpu, segment, source, count, false);
  const second = chunkPlace(cpu, ES, destination, count, false);
  if (first < 0 || second < 0) return 0;
  const whileEqual = (info & INFO_REPE) !== 0;
  let done = 0;
  while (done < count && (bytes[first + done] === bytes[second + done]) === whileEqual) done++;
  return done;
}
