import { REGION_BASE, REGION_END } from '../../hypervisor/abi/layout';
import { type DomainMemory, Exit, PageKind } from '../../hypervisor/abi/vcpu';
import { addressMask, INFO_REPE, INFO_REPNE, infoSegment, infoSize } from './operands';
import { Pending, type Processor } from './processor';
import * as state from './state';
import { advance, stringStep } from './strings';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { PORT_READ, PORT_WRITE } = Exit;
const { RAM, ROM } = PageKind;
const { PORT_IN, PORT_OUT, STRING, ELEMENT_IN } = Pending;
const { ATTENTION, CS, EAX, ECX, EDI, EDX, EIP, ES, ESI, ITERATIONS, LEAVING, NEXT_EIP, RF, SYSTEM_FLAGS, TR, USER } =
  state;

/** IN, OUT, INS, OUTS: each ends in a VM exit. */

const REPEATED = INFO_REPE | INFO_REPNE;
/** Offset of the I/O map base in a 32-bit TSS ([SDM] vol. 1, 19.5.2). */
const IO_MAP_BASE = 0x66;

/** Raise #GP(0) unless CPL is within IOPL or the TSS permits every byte of the port; note I/O breakpoints. */
function requirePort(cpu: Processor, port: number, bytes: number): void {
  requirePermission(cpu, port, bytes);
  cpu.watchedPort(port, bytes);
}

function requirePermission(cpu: Processor, port: number, bytes: number): void {
  if (!cpu.protectedMode || (cpu.cpl <= cpu.ioPrivilege && !cpu.virtual8086)) return;
  const limit = cpu.limits[TR];
  if ((cpu.access[TR] & 0x88) !== 0x88 || limit < IO_MAP_BASE + 1) cpu.protectionFault();
  const map = cpu.translation.read16((cpu.bases[TR] + IO_MAP_BASE) | 0, 0);
  const at = map + (port >>> 3);
  if (at + 1 > limit) cpu.protectionFault();
  const bits = cpu.translation.read16((cpu.bases[TR] + at) | 0, 0) >>> (port & 7);
  if ((bits & ((1 << bytes) - 1)) !== 0) cpu.protectionFault();
}

function leave(cpu: Processor, pending: Pending): void {
  cpu.pending = pending;
  cpu.pendingLength = (cpu.file[NEXT_EIP] - cpu.file[EIP]) | 0;
  cpu.file[LEAVING] = 1;
}

/** IN; `immediate` is the port, or -1 for DX. */
export function portIn(cpu: Processor, info: number, immediate: number): void {
  const port = immediate < 0 ? cpu.file16[2 * EDX] : immediate;
  const bytes = 1 << infoSize(info);
  requirePort(cpu, port, bytes);
  cpu.describeExit(PORT_READ, port, bytes, 0);
  leave(cpu, PORT_IN);
}

/** OUT. */
export function portOut(cpu: Processor, info: number, immediate: number): void {
  const size = infoSize(info);
  const port = immediate < 0 ? cpu.file16[2 * EDX] : immediate;
  requirePort(cpu, port, 1 << size);
  cpu.describeExit(PORT_WRITE, port, 1 << size, cpu.register(EAX, size) >>> 0);
  leave(cpu, PORT_OUT);
}

/**
 * Elements that the instruction asks for now; 0 only for a repetition with a zero count. One at a time while something may come
 * between two of them: a single step, a breakpoint, an interrupt that was only held off until here.
 */
function elements(cpu: Processor, info: number): number {
  cpu.file[SYSTEM_FLAGS] &= ~RF;
  if ((info & REPEATED) === 0) return 1;
  const wanted = (cpu.file[ECX] & addressMask(info)) >>> 0;
  if (cpu.file[ATTENTION] !== 0) return Math.min(wanted, 1);
  return Math.min(wanted, Math.max(1, cpu.stringLimit >>> infoSize(info)));
}

function skip(cpu: Processor): void {
  cpu.file[EIP] = cpu.file[NEXT_EIP];
}

/** INS. */
export function portInString(cpu: Processor, info: number): void {
  const count = elements(cpu, info);
  if (count === 0) {
    skip(cpu);
    return;
  }
  const size = infoSize(info);
  const port = cpu.file16[2 * EDX];
  requirePort(cpu, port, 1 << size);
  cpu.describeExit(PORT_READ, port, 1 << size, 0);
  cpu.exit.string = true;
  if (cpu.replayCount !== 0) writeElement(cpu, info, size);
  else if (count === 1 || !gatherRuns(cpu, ES, EDI, info, count, true)) inputElement(cpu, info, size, port);
  else leaveWithRuns(cpu, info, EDI);
}

/** One element: its value goes straight to memory, or to wherever executing the instruction again takes it. */
function inputElement(cpu: Processor, info: number, size: number, port: number): void {
  const place = elementPlace(cpu, cpu.file[EDI] & addressMask(info), 1 << size);
  if (place < 0) cpu.leaveForRead(PORT_READ, port, 1 << size);
  cpu.pendingString.info = info;
  cpu.pendingString.place = place;
  leave(cpu, ELEMENT_IN);
}

/**
 * Offset in the buffer of the `bytes` bytes at ES:`offset` that INS is about to write, or -1 unless they are RAM in one page that
 * nobody watches. Raises what writing them would raise.
 */
function elementPlace(cpu: Processor, offset: number, bytes: number): number {
  const { file, translation, memory } = cpu;
  const linear = (cpu.bases[ES] + offset) | 0;
  const inPage = (linear & 0xfff) + bytes <= 0x1000;
  if (offset >>> 0 < cpu.writeLimits[ES] && inPage && !translation.alignmentCheck) {
    const place = translation.writablePlace(linear, file[USER]);
    if (place >= 0) return place;
  }
  reachable(cpu, ES, offset, linear, bytes, true, true);
  if (!inPage || translation.watchedPages.length !== 0) return -1;
  const page = translation.physicalAddress(linear, true, file[USER]) >>> 12;
  return memory.pageKind[page] === RAM ? memory.pageOffset[page] + (linear & 0xfff) : -1;
}

/** The value of the element that `inputElement` left for has come. */
export function storeElement(cpu: Processor, value: number): void {
  const { place, info } = cpu.pendingString;
  const bytes = 1 << infoSize(info);
  cpu.memory.bytes[place] = value;
  if (bytes !== 1) storeRest(cpu.memory.bytes, place, bytes, value);
  if (cpu.code.watched[place >>> 12] !== 0) cpu.code.written(place, bytes);
  if (!finishElements(cpu, info, EDI, 1)) cpu.file[EIP] += cpu.pendingLength;
}

function storeRest(target: Uint8Array, place: number, bytes: number, value: number): void {
  for (let byte = 1; byte < bytes; byte++) target[place + byte] = value >>> (8 * byte);
}

/** The instruction is executed again with the value of the one element. */
function writeElement(cpu: Processor, info: number, size: number): void {
  const offset = cpu.file[EDI] & addressMask(info);
  cpu.write(ES, offset, cpu.replayValues[0], size);
  cpu.replayCount = 0;
  cpu.file[ITERATIONS] = 1;
  if (!finishElements(cpu, info, EDI, 1)) skip(cpu);
}

/** OUTS. */
export function portOutString(cpu: Processor, info: number): void {
  const count = elements(cpu, info);
  if (count === 0) {
    skip(cpu);
    return;
  }
  const size = infoSize(info);
  const port = cpu.file16[2 * EDX];
  requirePort(cpu, port, 1 << size);
  cpu.describeExit(PORT_WRITE, port, 1 << size, 0);
  cpu.exit.string = true;
  if (count > 1 && cpu.replayCount === 0 && gatherRuns(cpu, infoSegment(info), ESI, info, count, false)) {
    leaveWithRuns(cpu, info, ESI);
    return;
  }
  const value = cpu.read(infoSegment(info), cpu.file[ESI] & addressMask(info), size);
  cpu.exit.value = value >>> 0;
  leaveWithRuns(cpu, info, ESI);
}

function leaveWithRuns(cpu: Processor, info: number, index: number): void {
  cpu.exit.descending = stringStep(cpu, 0) < 0;
  cpu.pendingString.info = info;
  cpu.pendingString.index = index;
  leave(cpu, STRING);
}

/**
 * Fill the exit's runs with up to `count` elements from the index register on, ending before the first element that would
 * fault, straddles two pages or meets a page that is not plain. A fault of the first element is raised.
 * @returns false when not even the first element can be described by runs
 */
function gatherRuns(
  cpu: Processor,
  segment: number,
  index: number,
  info: number,
  count: number,
  write: boolean,
): boolean {
  if (cpu.translation.watchedPages.length !== 0) return false;
  const { exit, memory, translation } = cpu;
  const mask = addressMask(info);
  const bytes = 1 << infoSize(info);
  const step = stringStep(cpu, infoSize(info));
  const limit = exit.runs.length / 2;
  let done = 0;
  let runs = 0;
  while (done < count) {
    const offset = (cpu.file[index] + done * step) & mask;
    const linear = (cpu.bases[segment] + offset) | 0;
    if (!reachable(cpu, segment, offset, linear, bytes, write, done === 0)) break;
    const physical = translation.physicalAddress(linear, write, cpu.file[USER]);
    if (!isPlain(memory, physical, write) || (linear & 0xfff) + bytes > 0x1000) break;
    const own = write && count !== 1 && holdsInstruction(cpu, physical);
    if (own && done !== 0) break;
    const fit =
      own || count - done === 1
        ? 1
        : elementsInPage(cpu, segment, offset, linear, bytes, step, mask, count - done, write);
    const first = step > 0 ? physical >>> 0 : (physical - (fit - 1) * bytes) >>> 0;
    if (runs > 0 && extendRun(exit.runs, runs - 1, first, fit * bytes, step)) {
      done += fit;
      continue;
    }
    if (runs === limit) break;
    exit.runs[2 * runs] = first;
    exit.runs[2 * runs + 1] = fit * bytes;
    runs++;
    done += fit;
    if (own) break;
  }
  exit.count = done;
  exit.runCount = runs;
  return done !== 0;
}

/**
 * Can a device move data straight between itself and the page? Writes to ROM are dropped and reads where nothing is give all
 * ones, which only the vCPU knows to do; an alias's bytes are not at its address; and firmware that moved data into its own state,
 * or out of it, would do so in the middle of what it does with that state.
 */
function isPlain(memory: DomainMemory, physical: number, write: boolean): boolean {
  const address = physical >>> 0;
  if (address >= REGION_BASE && address < REGION_END) return false;
  const page = physical >>> 12;
  const kind = memory.pageKind[page];
  if (kind !== RAM && (write || kind !== ROM)) return false;
  return memory.pageOffset[page] === page << 12;
}

/** Does the instruction itself lie in the page? An element may replace it, and what follows is then what stands there. */
function holdsInstruction(cpu: Processor, physical: number): boolean {
  const { file, memory, translation } = cpu;
  const place = memory.pageOffset[physical >>> 12];
  const first = (cpu.bases[CS] + file[EIP]) | 0;
  const last = (cpu.bases[CS] + file[NEXT_EIP] - 1) | 0;
  return translation.locateCode(first, file[USER]) === place || translation.locateCode(last, file[USER]) === place;
}

/** Can the element be accessed? With `raise`, a fault is delivered instead of being answered. */
function reachable(
  cpu: Processor,
  segment: number,
  offset: number,
  linear: number,
  bytes: number,
  write: boolean,
  raise: boolean,
): boolean {
  const cr2 = cpu.cr2;
  try {
    cpu.checkAccess(segment, offset, bytes, write);
    if (cpu.translation.alignmentCheck && (linear & (bytes - 1)) !== 0) cpu.alignmentFault();
    if (write) cpu.translation.probeWrite(linear, bytes, cpu.file[USER]);
    else cpu.translation.probeRead(linear, bytes, cpu.file[USER]);
    return true;
  } catch (reason) {
    if (raise) throw reason;
    cpu.cr2 = cr2;
    return false;
  }
}

/** Elements from `offset` on in the direction of `step` that stay in the page, the segment and the range of offsets; at least 1. */
function elementsInPage(
  cpu: Processor,
  segment: number,
  offset: number,
  linear: number,
  bytes: number,
  step: number,
  mask: number,
  count: number,
  write: boolean,
): number {
  const inPage = linear & 0xfff;
  const room = step > 0 ? Math.floor((0x1000 - inPage) / bytes) : Math.floor(inPage / bytes) + 1;
  const first = offset >>> 0;
  const beforeWrap = step > 0 ? Math.floor(((mask >>> 0) - first + 1) / bytes) : Math.floor(first / bytes) + 1;
  let fit = Math.max(1, Math.min(count, room, beforeWrap));
  while (fit > 1 && !inSegment(cpu, segment, (offset + (fit - 1) * step) | 0, bytes, write)) fit--;
  return fit;
}

function inSegment(cpu: Processor, segment: number, offset: number, bytes: number, write: boolean): boolean {
  const limit = write ? cpu.writeLimits[segment] : cpu.readLimits[segment];
  if (limit !== 0) return offset >>> 0 < limit || (offset >>> 0) + bytes - 1 <= cpu.limits[segment];
  return cpu.accessPermitted(segment, offset, bytes, write);
}

/** Lengthen run `at` when the new bytes follow it in the direction of the elements. */
function extendRun(runs: Uint32Array, at: number, first: number, length: number, step: number): boolean {
  const start = runs[2 * at];
  if (step > 0 ? first !== start + runs[2 * at + 1] : first + length !== start) return false;
  if (step < 0) runs[2 * at] = first;
  runs[2 * at + 1] += length;
  return true;
}

/**
 * Registers after `done` elements. True: there are elements left to do, and what comes before them finds RF set, so that a breakpoint
 * on the instruction is not met again ([SDM] vol. 3, 17.3.1.1).
 */
export function finishElements(cpu: Processor, info: number, index: number, done: number): boolean {
  advance(cpu, index, done * stringStep(cpu, infoSize(info)), info);
  if ((info & REPEATED) === 0) return false;
  advance(cpu, ECX, -done, info);
  if ((cpu.file[ECX] & addressMask(info)) === 0) return false;
  cpu.file[SYSTEM_FLAGS] |= RF;
  return true;
}
