import { type Observations, PER_STEP, type Program, type ProgramRunner, type Step } from './steps';

/** The first place where two runs of one program differ. */
export interface Difference {
  readonly program: Program;
  /** Index of the step, or the program's length if the steps agree and the output differs. */
  readonly index: number;
  /** The step, absent if the output differs. */
  readonly step: Step | undefined;
  /** Observed by each side at that step: value and interrupt word. */
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** The first difference at or after step `from`. */
export function firstDifference(
  program: Program,
  left: Observations,
  right: Observations,
  from = 0,
): Difference | undefined {
  const length = Math.max(left.length, right.length);
  let at = from * PER_STEP;
  while (at < length && left[at] === right[at]) {
    at++;
  }
  if (at === length) {
    return undefined;
  }
  const index = Math.min(Math.floor(at / PER_STEP), program.length);
  const part = (seen: Observations): readonly number[] =>
    index < program.length ? seen.slice(index * PER_STEP, (index + 1) * PER_STEP) : seen.slice(index * PER_STEP);
  return { program, index, step: program[index], left: part(left), right: part(right) };
}

/** Names the ports of a device in a listing. */
export type PortNames = (port: number, write: boolean) => string;

const hex = (value: number, digits = 2): string => `${value.toString(16).toUpperCase().padStart(digits, '0')}h`;

function describeStep(step: Step, names: PortNames): string {
  switch (step.kind) {
    case 'in':
      return `in${'-bwxl'[step.width]} ${names(step.port, false)}`;
    case 'out':
      return `out${'-bwxl'[step.width]} ${names(step.port, true)} <- ${hex(step.value, 2 * step.width)}`;
    case 'advance':
      return `advance ${step.ns} ns`;
    case 'character':
      return `receive ${hex(step.character.value)} ${step.character.fault ?? ''}`;
    case 'modem':
      return `modem inputs ${hex(step.inputs)}`;
    case 'accepts':
      return `far end ${step.accepts ? 'accepts' : 'blocks'}`;
    case 'input':
      return `IR${step.line} ${step.level ? 'high' : 'low'}`;
    case 'reset':
    case 'acknowledge':
      return step.kind;
  }
}

const INTERRUPT_WORDS = ['low', 'high', 'pulse', 'rise'] as const;

function describeInterrupts(word: number): string {
  const lines: string[] = [];
  for (let rest = word; lines.length === 0 || rest > 0; rest >>= 2) {
    lines.push(INTERRUPT_WORDS[rest & 3]!);
  }
  return lines.join(' ');
}

function describeSeen(step: Step, [value = 0, word = 0]: readonly number[]): string {
  const shown = step.kind === 'in' || step.kind === 'acknowledge';
  return `${shown ? `${hex(value, step.kind === 'in' ? 2 * step.width : 2)} ` : ''}irq ${describeInterrupts(word)}`;
}

/** The program up to the difference with what both sides showed, one step a line. */
export function report(
  difference: Difference,
  names: PortNames,
  left: { name: string; seen: Observations },
  right: { name: string; seen: Observations },
): string {
  const lines = difference.program.slice(0, difference.index + 1).map((step, index) => {
    const at = index * PER_STEP;
    const mine = describeSeen(step, left.seen.slice(at, at + PER_STEP));
    const theirs = describeSeen(step, right.seen.slice(at, at + PER_STEP));
    const mark = index === difference.index ? '!' : ' ';
    return `${mark}${String(index).padStart(3)} ${describeStep(step, names).padEnd(36)} ${mine.padEnd(20)} ${theirs}`;
  });
  if (difference.step === undefined) {
    lines.push(`! sent: ${difference.left.map((byte) => hex(byte)).join(' ')}`);
    lines.push(`  sent: ${difference.right.map((byte) => hex(byte)).join(' ')}`);
  }
  return [`${left.name} and ${right.name} differ at step ${difference.index}:`, ...lines].join('\n');
}

/** Runs one program on both sides; throws a readable report unless they agree. */
export async function expectAgreement(
  program: Program,
  left: ProgramRunner,
  right: ProgramRunner,
  names: PortNames,
): Promise<void> {
  const mine = await left.run(program);
  const theirs = await right.run(program);
  const difference = firstDifference(program, mine, theirs);
  if (difference !== undefined) {
    throw new Error(report(difference, names, { name: left.name, seen: mine }, { name: right.name, seen: theirs }));
  }
}
