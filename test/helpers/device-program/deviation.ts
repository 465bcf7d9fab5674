import type { Deviation } from '../../conformance/deviations';
import { type Difference, firstDifference, type PortNames, report } from './compare';
import { DirectRunner } from './run';
import { type Observations, PER_STEP, type Program, type ProgramRunner, type Step, type UnderTest } from './steps';

/** What follows after a difference that is explained. */
export const Effect = {
  /** Both sides go on in the same state. */
  Observation: 'observation',
  /** The states differ from here on: the rest of the program means nothing. */
  State: 'state',
} as const;
export type Effect = (typeof Effect)[keyof typeof Effect];

/** What a suite knows about a difference when it meets one. */
export interface PortMismatch<Device> {
  readonly difference: Difference;
  /** Our device just before the step that differs, and just after. */
  readonly before: Device;
  readonly after: Device;
}

/** Bits of a step's value and interrupt word that a row accounts for. */
export interface Explained {
  readonly value?: number;
  readonly interrupt?: number;
}

/** A program that shows a deviation. */
export interface Probe {
  readonly program: Program;
  /** The step at which the two sides differ, or the program's length if it is the first byte that goes out. */
  readonly at: number;
  /** What they show there: [ours, QEMU's]. */
  readonly seen: readonly [number | undefined, number | undefined];
}

/** Makes probes that begin with `start` and differ at their last step. */
export const probeFrom =
  (start: Program) =>
  (ours: number, qemu: number, ...steps: readonly Step[]): Probe => ({
    program: [...start, ...steps],
    at: start.length + steps.length - 1,
    seen: [ours, qemu],
  });

/** What a row accounts for that is about something else. */
export const NOTHING: Explained = {};
/** For rows about what random programs leave alone, because QEMU's state would never come back. */
export const unmodelled = (): Explained => NOTHING;

/** A row of the table of deviations, for a device behind ports; `Device` is the reference's class. */
export interface PortDeviation<Device> extends Deviation<PortMismatch<Device>> {
  readonly effect: Effect;
  readonly probe: Probe;
  /** What of the difference this row accounts for. Several rows may share one difference. */
  explains(mismatch: PortMismatch<Device>): Explained;
}

/** Bits in which the two sides differ at this step: value and interrupt word. */
export const differingBits = ({ left, right }: Difference): readonly [number, number] => [
  ((left[0] ?? 0) ^ (right[0] ?? 0)) >>> 0,
  (left[1] ?? 0) ^ (right[1] ?? 0),
];

/** Fills in `matches` from `explains`. */
export function portDeviation<Device>(row: Omit<PortDeviation<Device>, 'matches'>): PortDeviation<Device> {
  return {
    ...row,
    matches: (mismatch) => {
      const [value, interrupt] = differingBits(mismatch.difference);
      const explained = row.explains(mismatch);
      return ((explained.value ?? 0) & value) !== 0 || ((explained.interrupt ?? 0) & interrupt) !== 0;
    },
  };
}

export interface BenchSubject<Device> extends UnderTest {
  readonly device: Device;
}

/**
 * Compares a device of ours with QEMU, and keeps account of which rows of the table were met. Whatever `ours` runs on,
 * the rows judge by the state of a reference device that `reference` creates.
 */
export class DeviationComparison<Device> {
  readonly met = new Map<string, number>();
  programs = 0;
  /** Programs that were compared to their last step. */
  completed = 0;

  constructor(
    private readonly ours: ProgramRunner,
    private readonly qemu: ProgramRunner,
    private readonly reference: () => BenchSubject<Device>,
    private readonly table: readonly PortDeviation<Device>[],
    private readonly names: PortNames,
  ) {}

  /** Throws a readable report at the first difference that no row explains. */
  async compare(program: Program): Promise<void> {
    const mine = await this.ours.run(program);
    const theirs = await this.qemu.run(program, mine.length - program.length * PER_STEP);
    this.programs++;
    for (let from = 0; ; ) {
      const difference = firstDifference(program, mine, theirs, from);
      if (difference === undefined) {
        this.completed++;
        return;
      }
      const effect = this.explain(difference);
      if (effect === undefined) {
        throw new Error(this.describe(difference, mine, theirs));
      }
      if (effect === Effect.State) {
        return;
      }
      from = difference.index + 1;
    }
  }

  /** Takes off what each row accounts for; undefined if something is left. */
  private explain(difference: Difference): Effect | undefined {
    const { program, index } = difference;
    const mismatch = {
      difference,
      before: this.deviceAfter(program.slice(0, index)),
      after: this.deviceAfter(program.slice(0, index + 1)),
    };
    let [value, interrupt] = differingBits(difference);
    let effect: Effect = Effect.Observation;
    for (const row of this.table.filter((candidate) => candidate.matches(mismatch))) {
      const explained = row.explains(mismatch);
      value &= ~(explained.value ?? 0);
      interrupt &= ~(explained.interrupt ?? 0);
      effect = row.effect === Effect.State ? Effect.State : effect;
      this.met.set(row.id, (this.met.get(row.id) ?? 0) + 1);
    }
    return value === 0 && interrupt === 0 && difference.step !== undefined ? effect : undefined;
  }

  private deviceAfter(program: Program): Device {
    const subject = this.reference();
    new DirectRunner(subject).run(program);
    return subject.device;
  }

  private describe(difference: Difference, mine: Observations, theirs: Observations): string {
    return report(difference, this.names, { name: this.ours.name, seen: mine }, { name: this.qemu.name, seen: theirs });
  }
}

/** Runs a row's probe; throws if the two sides no longer show what the row says. */
export async function expectDeviation(
  row: Pick<PortDeviation<never>, 'device' | 'id' | 'probe'>,
  ours: ProgramRunner,
  qemu: ProgramRunner,
): Promise<void> {
  const { program, at, seen } = row.probe;
  const mine = await ours.run(program);
  const theirs = await qemu.run(program, at === program.length ? 1 : 0);
  const isValue = at === program.length || program[at]!.kind === 'in';
  const place = at * PER_STEP + (isValue ? 0 : 1);
  const shown = [mine[place], theirs[place]];
  if (shown[0] !== seen[0] || shown[1] !== seen[1] || seen[0] === seen[1]) {
    const text = shown.map((value) => value?.toString(16)).join(' and ');
    throw new Error(`deviation ${row.device}/${row.id} is stale: the probe shows ${text} (hexadecimal)`);
  }
}
