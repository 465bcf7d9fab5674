import { Payer } from '../../hypervisor/time/clock';
import type { Timeline } from '../../hypervisor/trace/timeline';
import { groupDigits } from '../table';
import { writeOutput } from '../write-output';
import { FIRST_DISK_TRACK, MachineTimeline } from './machine-timeline';
import { VERSION } from './result';
import { type FlowPoint, SLICE_LIMIT, type Slice, TraceBudget } from './timeline-tracks';

/** Tracks that a machine always has, from top to bottom; the others appear when something happens on them. */
const ALWAYS: readonly number[] = [Payer.GUEST, Payer.HYPERVISOR, Payer.FIRMWARE, Payer.DOMAIN0];
const TRACK_NAMES: Record<number, string> = {
  [Payer.GUEST]: 'guest',
  [Payer.HYPERVISOR]: 'hypervisor',
  [Payer.FIRMWARE]: 'firmware',
  [Payer.DOMAIN0]: 'domain 0',
  [Payer.STUB_DOMAIN]: 'stub domain',
};

/**
 * A file in the trace format of Chrome ("Trace Event Format", Google 2016), which Perfetto reads: each machine is a process, each
 * track a thread, timestamps are virtual microseconds. A function of the runs alone, so that the same runs give the same bytes.
 */
export class ChromeTrace {
  private readonly budget: TraceBudget;
  private readonly machines: { label: string; timeline: MachineTimeline }[] = [];

  /** @param limit of slices; what comes after is left out */
  constructor(limit = SLICE_LIMIT) {
    this.budget = new TraceBudget(limit);
  }

  /** Something was left out. */
  get full(): boolean {
    return this.budget.full;
  }

  /** A timeline for one machine, shown under `label`. */
  machine(label: string): Timeline {
    const timeline = new MachineTimeline(this.budget);
    this.machines.push({ label, timeline });
    return timeline;
  }

  /** @param about what the reader should know: configuration, versions */
  toJson(about: Record<string, unknown>): string {
    const events = this.machines.flatMap(({ label, timeline }, index) => machineEvents(label, timeline, index + 1));
    const otherData = { ...about, complete: !this.full, timeUnit: 'virtual' };
    return `{"displayTimeUnit":"ns","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${events.join(',\n')}\n]}\n`;
  }
}

/** Write the file, and say so when it does not hold everything. */
export function writeTrace(path: string, trace: ChromeTrace, about: Record<string, unknown>): void {
  writeOutput(path, trace.toJson({ selfio: VERSION, ...about }));
  if (trace.full) process.stderr.write(`selfio: ${path} holds the first ${groupDigits(SLICE_LIMIT)} slices, not all\n`);
}

function machineEvents(label: string, { tracks }: MachineTimeline, pid: number): string[] {
  const used = new Set([...ALWAYS, ...tracks.slices.map(({ track }) => track)]);
  const names = [...used].flatMap((track) => {
    const place = ALWAYS.includes(track) ? ALWAYS.indexOf(track) : ALWAYS.length + track;
    const tid = track + 1;
    return [
      { ph: 'M', pid, tid, name: 'thread_name', args: { name: trackName(track) } },
      { ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: place } },
    ];
  });
  return [
    JSON.stringify({ ph: 'M', pid, name: 'process_name', args: { name: label } }),
    ...names.map((event) => JSON.stringify(event)),
    ...tracks.slices.map((slice) => sliceEvent(slice, pid)),
    ...flowEvents(tracks.points, pid),
  ];
}

function trackName(track: number): string {
  return TRACK_NAMES[track] ?? `domain 0's disk ${track - FIRST_DISK_TRACK}`;
}

function sliceEvent({ track, name, category, start, end }: Slice, pid: number): string {
  const cat = JSON.stringify(category);
  const duration = microseconds(end - start);
  return `{"ph":"X","pid":${pid},"tid":${track + 1},"ts":${microseconds(start)},"dur":${duration},"name":${JSON.stringify(name)},"cat":${cat}}`;
}

/** The first point of a flow is its start, the last its end; a flow with one point is no arrow. */
function flowEvents(points: readonly FlowPoint[], pid: number): string[] {
  const ordered = [...points].sort((a, b) => a.slice.start - b.slice.start);
  const last = new Map<number, FlowPoint>();
  const seen = new Map<number, number>();
  for (const point of ordered) {
    last.set(point.flow, point);
    seen.set(point.flow, (seen.get(point.flow) ?? 0) + 1);
  }
  const started = new Set<number>();
  const events: string[] = [];
  for (const point of ordered) {
    const { flow, slice } = point;
    if (seen.get(flow) === 1) continue;
    const phase = !started.has(flow) ? '"s"' : last.get(flow) === point ? '"f","bp":"e"' : '"t"';
    started.add(flow);
    events.push(
      `{"ph":${phase},"pid":${pid},"tid":${slice.track + 1},"ts":${microseconds(slice.start)},"id":${flow},"name":"access","cat":"access"}`,
    );
  }
  return events;
}

/** Whole nanoseconds as microseconds with three digits. */
function microseconds(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(3);
}
