import { type IdeUnderTest, Observations, observationCount, type Step } from '../../conformance/ide/ide-under-test';
import { type IdeMachine, MEMORY_BASE, MEMORY_BYTES } from '../../conformance/ide/machines';
import type { IdeMismatch } from '../../conformance/ide/mismatch';
import type { Operation } from './operation';

/** Two implementations of one machine that are to agree. `left` is ours, `right` the oracle. */
export interface Pairing {
  readonly machine: IdeMachine;
  readonly left: IdeUnderTest;
  readonly right: IdeUnderTest;
}

/** Decides whether a difference is one that is known and wanted. */
export type Explain = (mismatch: IdeMismatch) => readonly string[] | undefined;

export interface ComparisonResult {
  /** How often each explanation was used. */
  readonly explained: ReadonlyMap<string, number>;
  /** Register accesses made on each side. */
  readonly accesses: number;
}

export class Disagreement extends Error {}

const STATUS_PORTS: readonly number[] = [0x1f7, 0x3f6, 0x177, 0x376];
const BUSY = 0x80;

/** Runs programs on both sides of a pairing and compares everything that a guest could see. */
export class Comparison {
  private readonly leftSeen = new Observations();
  private readonly rightSeen = new Observations();

  constructor(
    private readonly pairing: Pairing,
    private readonly explain: Explain = () => undefined,
    /** A known difference may be that data is moved at all; then only what is read from registers can be compared. */
    private readonly scope: 'everything' | 'registers only' = 'everything',
  ) {}

  /** Throws `Disagreement` with the program and the place where the two part ways without an explanation. */
  async run(program: readonly Operation[]): Promise<ComparisonResult> {
    const { left, right } = this.pairing;
    const steps = program.flatMap((operation) => operation.steps);
    this.leftSeen.clear();
    this.rightSeen.clear();
    await left.restart();
    await right.restart();
    await this.drive(left, program, steps, this.leftSeen);
    await this.drive(right, program, steps, this.rightSeen);
    const explained = this.compareObservations(program, steps);
    if (this.scope === 'everything') {
      await this.compareMemory(program);
      await this.compareMedia(program);
    }
    return { explained, accesses: countAccesses(steps) };
  }

  private async drive(
    side: IdeUnderTest,
    program: readonly Operation[],
    steps: readonly Step[],
    seen: Observations,
  ): Promise<void> {
    try {
      await side.run(steps, seen);
    } catch (cause) {
      throw new Disagreement(`${side.name} failed: ${cause}\n${listing(program)}`, { cause });
    }
  }

  private compareObservations(program: readonly Operation[], steps: readonly Step[]): Map<string, number> {
    const explained = new Map<string, number>();
    const { values: ours, length } = this.leftSeen;
    const { values: theirs, length: theirLength } = this.rightSeen;
    if (length !== theirLength) throw new Disagreement(`${length} values were observed against ${theirLength}`);
    for (let at = 0; at < length; at++) {
      if (ours[at] === theirs[at]) continue;
      const mismatch = this.locate(steps, at);
      if (bothBusy(mismatch)) continue;
      const reasons = this.explain(mismatch);
      if (reasons === undefined) throw new Disagreement(this.report(program, mismatch));
      for (const reason of reasons) explained.set(reason, (explained.get(reason) ?? 0) + 1);
    }
    return explained;
  }

  private locate(steps: readonly Step[], at: number): IdeMismatch {
    let before = 0;
    let index = 0;
    while (before + observationCount(steps[index]) <= at) before += observationCount(steps[index++]);
    const ours = this.leftSeen.values[at];
    const qemu = this.rightSeen.values[at];
    return { machine: this.pairing.machine, steps, index, step: steps[index], element: at - before, ours, qemu };
  }

  private async compareMemory(program: readonly Operation[]): Promise<void> {
    const { left, right } = this.pairing;
    const ours = await left.readMemory(MEMORY_BASE, MEMORY_BYTES);
    const theirs = await right.readMemory(MEMORY_BASE, MEMORY_BYTES);
    this.compareBytes(program, 'guest memory', ours, theirs, MEMORY_BASE);
  }

  private async compareMedia(program: readonly Operation[]): Promise<void> {
    for (const drive of this.pairing.machine.drives) {
      if (drive.kind === 'disk' && drive.contents === 'blank') continue;
      const ours = await this.pairing.left.image(drive.slot);
      const theirs = await this.pairing.right.image(drive.slot);
      this.compareBytes(program, `the medium in slot ${drive.slot}`, ours, theirs, 0);
    }
  }

  private compareBytes(
    program: readonly Operation[],
    what: string,
    ours: Uint8Array,
    theirs: Uint8Array,
    base: number,
  ): void {
    if (Buffer.compare(ours, theirs) === 0) return;
    const at = ours.findIndex((byte, index) => byte !== theirs[index]);
    const { left, right } = this.pairing;
    throw new Disagreement(
      `${what} differs from ${(base + at).toString(16)}: ${left.name} ${ours[at]}, ${right.name} ${theirs[at]}\n${listing(program)}`,
    );
  }

  private report(program: readonly Operation[], { index, element, ours, qemu, steps }: IdeMismatch): string {
    const step = steps[index];
    const where = step.kind === 'in' || step.kind === 'ins' ? ` port ${step.port.toString(16)}` : '';
    const what = `${step.kind}${where}${step.kind === 'ins' ? ` element ${element}` : ''}`;
    const names = `${this.pairing.left.name} ${ours.toString(16)}, ${this.pairing.right.name} ${qemu.toString(16)}`;
    let at = 0;
    let inside = index;
    while (inside >= program[at].steps.length) inside -= program[at++].steps.length;
    return `${what}: ${names}\n  in step ${inside} of operation ${at}: ${program[at]}\n${listing(program)}`;
  }
}

/** While BSY is set the other bits of Status mean nothing. [ATA-6] 7.15.6.1 */
function bothBusy({ step, ours, qemu }: IdeMismatch): boolean {
  const isStatus = step.kind === 'in' && step.width === 1 && STATUS_PORTS.includes(step.port);
  return isStatus && (ours & qemu & BUSY) !== 0;
}

export function listing(program: readonly Operation[]): string {
  return program.map((operation, index) => `  ${index}: ${operation}`).join('\n');
}

function countAccesses(steps: readonly Step[]): number {
  let count = 0;
  for (const step of steps) {
    if (step.kind === 'in' || step.kind === 'out') count++;
    else if (step.kind === 'ins' || step.kind === 'outs') count += step.count;
  }
  return count;
}
