/** One stretch of time on a track; times are virtual ns, and `end` is above `start`. */
export interface Slice {
  track: number;
  name: string;
  category: string;
  start: number;
  end: number;
  /** Reads that it stands for, where it stands for more than one. */
  reads?: number;
}

/** An arrow that belongs to one access touches this slice. */
export interface FlowPoint {
  flow: number;
  slice: Slice;
}

/** The most slices in one file: Perfetto opens that many at once, and they are some 50 MB. */
export const SLICE_LIMIT = 250_000;

/** How many slices may still come, over all machines of a file, and the last flow's number. */
export class TraceBudget {
  flows = 0;
  private slices = 0;

  constructor(private readonly limit: number) {}

  get full(): boolean {
    return this.slices >= this.limit;
  }

  take(): void {
    this.slices++;
  }
}

/** Slices and arrows of one machine. Slices of a track lie one after another or within each other, as the format wants them. */
export class Tracks {
  readonly slices: Slice[] = [];
  readonly points: FlowPoint[] = [];
  /** By track: where the last slice began or ended. */
  private readonly cursors: number[] = [];

  constructor(private readonly budget: TraceBudget) {}

  get full(): boolean {
    return this.budget.full;
  }

  newFlow(): number {
    return ++this.budget.flows;
  }

  /** What takes no time under the cost model is drawn as 1 ns, after what came before on its track. */
  slice(track: number, category: string, name: string, start: number, end: number): Slice {
    const slice = this.open(track, category, name, start);
    this.close(slice, end);
    return slice;
  }

  /** A slice whose end is not known yet; slices that come before `close` lie within it. */
  open(track: number, category: string, name: string, start: number): Slice {
    const begin = Math.max(start, this.cursors[track] ?? 0);
    const slice = { track, name, category, start: begin, end: begin + 1 };
    this.cursors[track] = begin;
    this.slices.push(slice);
    this.budget.take();
    return slice;
  }

  close(slice: Slice, end: number): void {
    slice.end = Math.max(slice.start + 1, end, this.cursors[slice.track]!);
    this.cursors[slice.track] = slice.end;
  }

  touch(flow: number | undefined, slice: Slice): void {
    if (flow !== undefined) this.points.push({ flow, slice });
  }
}
