import type { Observations, Program, ProgramRunner, UnderTest } from './steps';

/** Runs programs on something that answers at once. */
export class DirectRunner implements ProgramRunner {
  constructor(private readonly subject: UnderTest) {}

  get name(): string {
    return this.subject.name;
  }

  run(program: Program): Observations {
    const { subject } = this;
    const seen: Observations = [];
    subject.reset();
    subject.interrupt();
    for (const step of program) {
      let value = 0;
      switch (step.kind) {
        case 'in':
          value = subject.read(step.port, step.width);
          break;
        case 'out':
          subject.write(step.port, step.width, step.value);
          break;
        case 'advance':
          subject.advance(step.ns);
          break;
        case 'acknowledge':
          value = acknowledge(subject);
          break;
        default:
          subject.stimulate(step);
      }
      seen.push(value, subject.interrupt());
    }
    subject.takeOutput(seen);
    return seen;
  }
}

function acknowledge(subject: UnderTest): number {
  if (subject.acknowledge === undefined) {
    throw new Error(`${subject.name} takes no interrupt acknowledge cycle`);
  }
  return subject.acknowledge();
}
