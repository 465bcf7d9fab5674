import type { Machine, RunResult } from '../hypervisor/machine';
import { Outcome } from '../hypervisor/run-loop';
import type { Moves } from './moves';
import type { PanicWatch } from './terminal/panic-watch';
import type { Conversation } from './terminal/scenario';
import type { Terminal } from './terminal/terminal';
import type { ScreenDrawing } from './terminal/text-screen';

/** How a session came to its end. */
export type Ending =
  | { kind: 'guest'; result: RunResult }
  | { kind: 'panic'; reason: string }
  | { kind: 'user' }
  | { kind: 'limit' }
  | { kind: 'scenario' };

export interface SessionOptions {
  machine: Machine;
  /** The serial console is on this terminal. */
  terminal: Terminal | undefined;
  conversation: Conversation | undefined;
  /** Hears what the guest prints. */
  panic: PanicWatch;
  /** The VGA's screen is on this terminal. */
  drawing: ScreenDrawing | undefined;
  /** Devices that go elsewhere on the way. */
  moves: Moves;
  /** Seconds of wall time. */
  limit: number;
}

/** Wall milliseconds between two looks at the keyboard: short enough to feel immediate, long enough to cost nothing. */
const SLICE = 15;
const FIRST_SLICE = 100_000;
/** Virtual nanoseconds in a slice, whatever the speed. */
const LONGEST_SLICE = 1e9;
/** The same with a scenario: always this, so that what is typed arrives at the same virtual time in every run. */
const SCRIPTED_SLICE = 5e6;

/**
 * Run a machine with a person or a scenario at its console. Between slices of guest execution the host's event loop turns.
 * While a person is there, an idle guest waits in real time; without one, idle time is skipped.
 */
export async function runSession(options: SessionOptions): Promise<Ending> {
  const { machine, terminal, conversation, panic, drawing, moves, limit } = options;
  const start = performance.now();
  const { platform } = machine;
  const paced = terminal?.interactive === true && !conversation;
  let slice = conversation ? SCRIPTED_SLICE : FIRST_SLICE;
  /** What the conversation has typed and the guest has not taken. */
  let typed = '';
  for (;;) {
    const before = performance.now();
    moves.carryOut(platform);
    const result = machine.run(
      Math.min(platform.clock.now + slice, Math.max(moves.next, platform.clock.now + 1)),
      !paced,
    );
    if (result.outcome === Outcome.IDLE && paced) await rest();
    else if (result.outcome !== Outcome.TIME && !waitsForInput(result)) return { kind: 'guest', result };
    if (panic.reason !== undefined) return { kind: 'panic', reason: panic.reason };
    drawing?.update();
    if (!conversation) slice = nextSlice(slice, performance.now() - before);
    await new Promise(setImmediate);
    if (terminal?.ended) return { kind: 'user' };
    if (performance.now() - start > limit * 1000) return { kind: 'limit' };
    terminal?.offer((bytes) => platform.input(0, bytes));
    if (conversation) speak(conversation);
    if (conversation?.finished) return { kind: 'scenario' };
  }

  /** The guest is halted and a person is there: wait for a key or for the next deadline, whichever comes first. */
  async function rest(): Promise<void> {
    const earliest = platform.deadlines.earliest;
    const milliseconds = Math.min((earliest - platform.clock.now) / 1e6, 1000);
    await terminal!.wait(Math.max(0, milliseconds));
    platform.clock.idleUntil(Math.min(earliest, platform.clock.now + milliseconds * 1e6));
  }

  function waitsForInput(result: RunResult): boolean {
    return result.outcome === Outcome.IDLE && (terminal !== undefined || conversation !== undefined);
  }

  function speak(talk: Conversation): void {
    typed += talk.speak(platform.clock.now);
    if (typed === '') return;
    const bytes = Uint8Array.from(typed, (character) => character.charCodeAt(0));
    typed = typed.slice(platform.input(0, bytes));
  }
}

function nextSlice(slice: number, milliseconds: number): number {
  return Math.min(LONGEST_SLICE, Math.ceil(slice * Math.min(2, Math.max(0.5, SLICE / Math.max(milliseconds, 1)))));
}
