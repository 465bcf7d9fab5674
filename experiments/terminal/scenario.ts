import { UsageError } from '../errors';

/** One step of a conversation with the guest over its serial console. */
export type Step =
  | { kind: 'expect'; text: string }
  | { kind: 'send'; text: string }
  | { kind: 'wait'; seconds: number };

const HELP = 'lines are: expect TEXT, send TEXT, wait SECONDS, # comment';

/**
 * Read a scenario: one step a line. `expect TEXT` waits until the guest has printed TEXT; `send TEXT` types it, with \n, \r, \t
 * and \xHH as in C; `wait SECONDS` lets virtual time pass. A scenario that has been gone through ends the run.
 *
 * @throws UsageError naming the line
 */
export function parseScenario(name: string, source: string): Step[] {
  return source.split('\n').flatMap((line, index): Step[] => {
    const [, verb, rest = ''] = /^\s*(\w+|#)\s?(.*?)\r?$/.exec(line) ?? [];
    if (!verb || verb === '#') return [];
    const where = `scenario ${name}, line ${index + 1}`;
    if (verb === 'expect' && rest) return [{ kind: 'expect', text: unescapeText(rest, where) }];
    if (verb === 'send') return [{ kind: 'send', text: unescapeText(rest, where) }];
    if (verb === 'wait' && Number(rest) > 0) return [{ kind: 'wait', seconds: Number(rest) }];
    throw new UsageError(`${where}: '${line.trim()}' is no step; ${HELP}`);
  });
}

/** Steps from the command line: each text of `expects` is waited for before the one of `sends` at the same position is typed. */
export function pairSteps(expects: readonly string[], sends: readonly string[]): Step[] {
  return Array.from({ length: Math.max(expects.length, sends.length) }, (_, index): Step[] => [
    ...expects
      .slice(index, index + 1)
      .map((text) => ({ kind: 'expect' as const, text: unescapeText(text, `--expect ${text}`) })),
    ...sends
      .slice(index, index + 1)
      .map((text) => ({ kind: 'send' as const, text: unescapeText(text, `--send ${text}`) })),
  ]).flat();
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** @throws UsageError beginning with `where` */
function unescapeText(text: string, where: string): string {
  return text.replace(/\\(x([0-9a-fA-F]{2})|.|$)/g, (whole, character: string, digits?: string) => {
    const meant = digits ? String.fromCharCode(Number.parseInt(digits, 16)) : ESCAPES[character];
    if (meant === undefined) throw new UsageError(`${where}: ${whole} is no escape; use \\n, \\r, \\t, \\xHH or \\\\`);
    return meant;
  });
}

/** A scenario in progress. It keeps only as much of the guest's output as the present step can match. */
export class Conversation {
  private next = 0;
  private heard = '';
  /** Virtual time (ns) until which a `wait` lasts. */
  private waitingUntil = 0;

  constructor(private readonly steps: readonly Step[]) {}

  get finished(): boolean {
    return this.next >= this.steps.length;
  }

  /** The step that is waited for, for messages. */
  get current(): string {
    const step = this.steps[this.next];
    if (!step) return 'nothing';
    return step.kind === 'wait' ? `wait ${step.seconds}` : `${step.kind} ${JSON.stringify(step.text)}`;
  }

  /** The guest printed `byte`. */
  hear(byte: number): void {
    this.heard += String.fromCharCode(byte);
    const step = this.steps[this.next];
    if (step?.kind !== 'expect') return;
    if (this.heard.endsWith(step.text)) {
      this.next++;
      this.heard = '';
    } else if (this.heard.length > 2 * step.text.length + 4096) this.heard = this.heard.slice(-step.text.length);
  }

  /** What to type now, at virtual time `now` (ns); empty while something else is waited for. */
  speak(now: number): string {
    let text = '';
    for (; ; this.next++) {
      const step = this.steps[this.next];
      if (step?.kind === 'send') text += step.text;
      else if (step?.kind !== 'wait' || !this.waited(step.seconds, now)) return text;
    }
  }

  private waited(seconds: number, now: number): boolean {
    if (this.waitingUntil === 0) this.waitingUntil = now + seconds * 1e9;
    if (now < this.waitingUntil) return false;
    this.waitingUntil = 0;
    return true;
  }
}
