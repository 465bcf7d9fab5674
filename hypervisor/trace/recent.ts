/** Kinds of entries in the trace of recent happenings. */
export const Happening = {
  ACCESS: 0,
  INTERRUPT_LINE: 1,
  INJECTION: 2,
  EVENT: 3,
  TIMER: 4,
  HALT: 5,
} as const;
export type Happening = (typeof Happening)[keyof typeof Happening];
const NAMES = Object.keys(Happening).map((name) => name.toLowerCase().replaceAll('_', ' '));

/** A power of two. */
export interface RecentState {
  readonly cells: readonly number[];
  readonly next: number;
}

const ENTRIES = 256;
const FIELDS = 5;

/** The last happenings, for the report when a domain is stopped: a ring of numbers, so recording allocates nothing. */
export class RecentTrace {
  private readonly cells = new Float64Array(ENTRIES * FIELDS);
  private next = 0;

  record(time: number, kind: Happening, first: number, second: number, third: number): void {
    const cell = (this.next++ & (ENTRIES - 1)) * FIELDS;
    this.cells[cell] = time;
    this.cells[cell + 1] = kind;
    this.cells[cell + 2] = first;
    this.cells[cell + 3] = second;
    this.cells[cell + 4] = third;
  }

  /** The last `count` entries, oldest first, one line each. */
  lines(count: number): string[] {
    const first = Math.max(0, this.next - Math.min(count, ENTRIES));
    return Array.from({ length: this.next - first }, (_, index) => this.line(first + index));
  }

  save(): RecentState {
    return { cells: Array.from(this.cells), next: this.next };
  }

  restore({ cells, next }: RecentState): void {
    this.cells.set(cells);
    this.next = next;
  }

  private line(entry: number): string {
    const [time, kind, ...values] = this.cells.subarray(
      (entry % ENTRIES) * FIELDS,
      (entry % ENTRIES) * FIELDS + FIELDS,
    );
    const words = values.map((value) => `${(value! >>> 0).toString(16)}h`).join(' ');
    return `${String(time).padStart(14)} ns  ${NAMES[kind!]!.padEnd(14)} ${words}`;
  }
}
