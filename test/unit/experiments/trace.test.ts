import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { boot } from '../../../experiments/commands/boot';
import { readCostModel, toCostModel } from '../../../experiments/costs';
import { loadFirmware } from '../../../experiments/firmware';
import { ChromeTrace } from '../../../experiments/report/chrome-trace';
import type { MachineSummary } from '../../../experiments/summary';
import { diskWorkload } from '../../../experiments/workloads/programs';
import { runWorkload } from '../../../experiments/workloads/run';
import { assembledFile, loadProgram, TOUR_DISK_SECTORS } from '../../../guest/programs';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';

/** An event of the trace format: metadata, slice, or start, step and end of a flow. */
interface TraceEvent {
  ph: 'M' | 'X' | 's' | 't' | 'f';
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id: number;
  name: string;
  args: { name: string };
}

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

const REQUESTS = 3;

function trace(placement: string, limit?: number): { text: string; events: TraceEvent[]; summary: MachineSummary } {
  const file = new ChromeTrace(limit);
  const { image, changes } = diskWorkload('bus-master DMA', 8, REQUESTS);
  const cost = toCostModel(readCostModel('modern-x86'));
  const summary = runWorkload(firmware, image, placement, cost, { ...changes, timeline: file.machine('a disk') });
  const text = file.toJson({ seed: 1 });
  return { text, events: JSON.parse(text).traceEvents, summary };
}

/** Slices under the name of their track. */
function sliceTracks(events: TraceEvent[]): Record<string, TraceEvent[]> {
  const names = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]));
  const tracks: Record<string, TraceEvent[]> = Object.fromEntries(Array.from(names.values(), (name) => [name, []]));
  for (const event of events) if (event.ph === 'X') tracks[names.get(event.tid)!]!.push(event);
  return tracks;
}

/** Points of each flow, in the order of the file. */
function flowsOf(events: TraceEvent[]): Map<number, TraceEvent[]> {
  const flows = new Map<number, TraceEvent[]>();
  for (const event of events) {
    if ('stf'.includes(event.ph)) flows.set(event.id, [...(flows.get(event.id) ?? []), event]);
  }
  return flows;
}

const nanoseconds = (slices: TraceEvent[]) => Math.round(slices.reduce((sum, { dur }) => sum + dur, 0) * 1000);

function count(summary: MachineSummary, counter: string): number {
  return Object.values(summary.devices).reduce((sum, { counters }) => sum + counters[counter]!, 0);
}

describe.each(['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'ioemu+posted', 'forward'])(
  'a trace of %s',
  (placement) => {
    it('has four tracks, whose slices lie one after another or within each other', () => {
      const { events } = trace(placement);
      const tracks = sliceTracks(events);
      expect(Object.keys(tracks)).toEqual(expect.arrayContaining(['guest', 'hypervisor', 'firmware', 'domain 0']));
      for (const slices of Object.values(tracks)) {
        const open: number[] = [];
        for (const { ts, dur } of slices) {
          while (open.length > 0 && open.at(-1)! <= ts + 1e-6) open.pop();
          expect(ts + dur).toBeLessThanOrEqual((open.at(-1) ?? Number.POSITIVE_INFINITY) + 1e-6);
          open.push(ts + dur);
        }
      }
    });

    it('has a slice of the guest for each exit, and as much guest code as the guest was charged for', () => {
      const { events, summary } = trace(placement);
      const { guest } = sliceTracks(events);
      expect(guest!.filter(({ name }) => name !== 'guest code')).toHaveLength(count(summary, 'vm exits'));
      expect(guest!.filter(({ name }) => name.includes('polls'))).toEqual([]);
      const code = nanoseconds(guest!.filter(({ name }) => name === 'guest code'));
      expect(code).toBe(summary.charged.guest);
    });

    it('leads each arrow through slices, forward in time, from an access or an upcall to where it is complete', () => {
      const { events } = trace(placement);
      const slices = events.filter(({ ph }) => ph === 'X');
      const flows = flowsOf(events);
      expect(flows.size).toBeGreaterThan(50);
      for (const points of flows.values()) {
        expect(points.map(({ ph }) => ph).join('')).toMatch(/^st*f$/);
        points.reduce((before, after) => {
          expect(after.ts).toBeGreaterThanOrEqual(before.ts);
          return after;
        });
        for (const { tid, ts } of points)
          expect(slices.some((slice) => slice.tid === tid && slice.ts === ts)).toBe(true);
      }
    });

    it('changes nothing about the run, and is the same again', () => {
      const { text, summary } = trace(placement);
      const { image, changes } = diskWorkload('bus-master DMA', 8, REQUESTS);
      expect(runWorkload(firmware, image, placement, toCostModel(readCostModel('modern-x86')), changes)).toEqual(
        summary,
      );
      expect(trace(placement).text).toBe(text);
    });
  },
);

describe('a trace of reflection', () => {
  it('has an entry into the firmware for each reflection and upcall, and all that the hypervisor was charged for', () => {
    const { events, summary } = trace('reflect');
    const { firmware: entries, hypervisor } = sliceTracks(events);
    expect(entries).toHaveLength(count(summary, 'reflections') + count(summary, 'upcalls'));
    expect(nanoseconds(hypervisor!)).toBe(summary.charged.hypervisor);
    const within = ({ ts }: TraceEvent) => entries!.some((entry) => entry.ts <= ts && ts < entry.ts + entry.dur);
    const hypercalls = hypervisor!.filter((slice) => slice.name.startsWith('hypercall') && within(slice));
    expect(hypercalls).toHaveLength(count(summary, 'hypercalls'));
    expect(nanoseconds(entries!)).toBe(summary.charged.firmware! + nanoseconds(hypercalls));
  });

  it('follows a disk read from the command over domain 0 and the disk to the interrupt', () => {
    const { events } = trace('reflect');
    const names = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]));
    const reads = Array.from(flowsOf(events).values()).filter((points) =>
      points.some(({ tid }) => names.get(tid) === "domain 0's disk 0"),
    );
    const way = (points: TraceEvent[]) => points.map(({ tid }) => names.get(tid)!);
    const last = way(reads.at(-1)!);
    expect(last[0]).toBe('guest');
    expect(last.at(-1)).toBe('guest');
    const beyond = last.slice(last.indexOf('domain 0'));
    expect(beyond).toEqual(['domain 0', "domain 0's disk 0", ...beyond.slice(2)]);
    expect(beyond.slice(2)).toEqual(expect.arrayContaining(['firmware', 'hypervisor']));
  });

  it('draws sixteen reads of a guest that polls, and one slice for all others', () => {
    const file = new ChromeTrace();
    const image = loadProgram('bench-port-read', 1000);
    const summary = runWorkload(firmware, image, 'reflect', FREE_TRANSITIONS, { timeline: file.machine('a poll') });
    const { guest } = sliceTracks(JSON.parse(file.toJson({})).traceEvents);
    const reads = guest!.filter(({ name }) => name.startsWith('in 3FDh'));
    expect(reads.map(({ name }) => name)).toEqual([
      ...new Array(16).fill('in 3FDh, 8 bits'),
      'in 3FDh, 8 bits: 984 polls',
    ]);
    expect(summary.devices.uart!.counters['vm exits']).toBe(1000);
    // Three instructions of 10 ns for each read.
    expect(reads.at(-1)!.dur).toBeCloseTo(984 * 0.03, 1);
  });

  it('ends at its limit and says that it is not complete', () => {
    const { text, events } = trace('reflect', 100);
    const slices = events.filter(({ ph }) => ph === 'X').length;
    expect(slices).toBeGreaterThan(90);
    expect(slices).toBeLessThan(110);
    expect(JSON.parse(text).otherData.complete).toBe(false);
    expect(JSON.parse(trace('reflect').text).otherData.complete).toBe(true);
  });
});

describe('npm start -- boot --trace', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'selfio-trace-'));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('writes the boot that was run, the same bytes each time', async () => {
    const [serial, disk, first, second] = ['serial', 'disk', 'first.json', 'second.json'].map((name) =>
      join(folder, name),
    );
    writeFileSync(disk!, new Uint8Array(TOUR_DISK_SECTORS * 512));
    const words = ['--bios', fileURLToPath(assembledFile('tour')), '--disk', disk!, '--snapshot', '--serial', serial!];
    for (const file of [first, second])
      expect(await boot([...words, '--cost', 'modern-x86', '--trace', file!])).toBe(0);
    expect(readFileSync(serial!, 'utf8')).toContain('failures: 0');
    expect(readFileSync(first!).equals(readFileSync(second!))).toBe(true);
    const { traceEvents, otherData } = JSON.parse(readFileSync(first!, 'utf8'));
    expect(otherData).toMatchObject({ costModel: 'modern-x86', complete: true });
    const { guest, firmware: entries } = sliceTracks(traceEvents);
    expect(guest!.some(({ name }) => name === 'out 3F8h, 8 bits')).toBe(true);
    expect(entries!.length).toBeGreaterThan(100);
  });
});
