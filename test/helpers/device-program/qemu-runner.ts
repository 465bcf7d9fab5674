import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerValue, portRead, portWrite, QtestClient } from '../qtest/qtest-client';
import { InterruptWord } from './interrupt-word';
import {
  type Observations,
  PER_STEP,
  type Program,
  type ProgramRunner,
  type SerialCharacter,
  type Step,
  type Width,
} from './steps';

/** Addresses from here up are memory-mapped. */
const PORTS = 0x1_0000;
const MEMORY_SUFFIX = { 1: 'b', 2: 'w', 4: 'l' } as const;
const memoryRead = (address: number, width: Width): string => `read${MEMORY_SUFFIX[width]} ${address}`;
const memoryWrite = (address: number, width: Width, value: number): string =>
  `write${MEMORY_SUFFIX[width]} ${address} ${value}`;

const NS_PER_SECOND = 1_000_000_000;

/** How one device of QEMU is reached and observed. */
export interface QemuBench {
  readonly machine: readonly string[];
  /** QOM path of the device whose interrupt lines are watched, the side, and the lines as `UnderTest.interrupt` has them. */
  readonly intercept: { readonly path: string; readonly side: 'in' | 'out'; readonly lines: readonly number[] };
  /** Finds what only a running QEMU can tell, before anything else is asked of the bench. */
  readonly prepare?: (client: QtestClient) => Promise<void>;
  /** Gives COM1 a socket, so that characters can come and go. */
  readonly serial?: boolean;
  /** qtest lines that bring the device from QEMU's reset to the start of every program. */
  readonly prologue?: readonly string[];
  /** Turns a step into qtest lines where they are not the obvious ones. */
  readonly translate?: (step: Step, clock: QemuClock) => readonly string[] | undefined;
  /** Called at the start of a program by a translator that keeps state. */
  readonly begin?: () => void;
}

/** Virtual time of the QEMU process, in ns. */
export class QemuClock {
  constructor(private time = 0) {}

  get now(): number {
    return this.time;
  }

  /** The line that sets the clock `ns` further. */
  pass(ns: number): string {
    this.time += ns;
    return `clock_set ${this.time}`;
  }
}

/** The far end of QEMU's COM1. */
class SerialSocket {
  readonly arguments: readonly string[];
  private readonly directory = mkdtempSync(join(tmpdir(), 'selfio-serial-'));
  private readonly server: Server;
  private socket: Socket | undefined;
  received: number[] = [];

  constructor() {
    const path = join(this.directory, 'com1');
    this.server = createServer((socket) => {
      this.socket = socket;
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => this.received.push(...bytes));
    });
    this.server.listen(path);
    this.arguments = ['-chardev', `socket,id=com1,path=${path}`, '-device', 'isa-serial,chardev=com1,index=0'];
  }

  write(character: SerialCharacter): Promise<void> {
    return new Promise((resolve) => this.socket!.write(Uint8Array.of(character.value), () => resolve()));
  }

  close(): void {
    this.socket?.destroy();
    this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A line changed level during a step. */
interface LineChange {
  readonly line: number;
  readonly level: boolean;
  readonly step: number;
}

/** Lines on their way, each with the step it belongs to. */
interface Pending {
  readonly lines: string[];
  readonly steps: number[];
}

/** Runs programs on QEMU's model of a device, over qtest. */
export class QemuRunner implements ProgramRunner {
  readonly name = 'QEMU';
  private readonly clock = new QemuClock();
  private pending: Pending = { lines: [], steps: [] };
  private seen: Observations = [];
  private step = 0;
  private changes: LineChange[] = [];

  private constructor(
    private readonly client: QtestClient,
    private readonly bench: QemuBench,
    private readonly serial: SerialSocket | undefined,
  ) {
    client.onIrq = (line, level, answered) => {
      this.changes.push({ line, level, step: this.pending.steps[answered] ?? this.step });
    };
  }

  static async start(binary: string, bench: QemuBench): Promise<QemuRunner> {
    const serial = bench.serial ? new SerialSocket() : undefined;
    const client = await QtestClient.start(binary, [...bench.machine, ...(serial?.arguments ?? [])]);
    await bench.prepare?.(client);
    const runner = new QemuRunner(client, bench, serial);
    await client.interceptIrqs(bench.intercept.path, bench.intercept.side);
    return runner;
  }

  async run(program: Program, expectedOutput = 0): Promise<Observations> {
    await this.restart();
    this.seen = new Array<number>(program.length * PER_STEP).fill(0);
    const interrupts = this.linesAtStart();
    for (this.step = 0; this.step < program.length; this.step++) {
      await this.perform(program[this.step]!);
    }
    await this.flush();
    this.recordInterrupts(interrupts, program.length);
    return this.seen.concat(await this.takeOutput(expectedOutput));
  }

  async close(): Promise<void> {
    this.serial?.close();
    await this.client.close();
  }

  private async restart(): Promise<void> {
    this.bench.begin?.();
    await this.client.reset();
    const rest = NS_PER_SECOND - (this.clock.now % NS_PER_SECOND);
    await this.client.values([this.clock.pass(rest)]);
    await this.client.reset();
    await this.client.values(this.bench.prologue ?? []);
    if (this.serial !== undefined) {
      this.serial.received = [];
    }
  }

  private async perform(step: Step): Promise<void> {
    if (step.kind === 'character' || step.kind === 'reset') {
      await this.flush();
      await (step.kind === 'reset' ? this.client.reset() : this.arrive(step.character));
      return;
    }
    for (const line of this.bench.translate?.(step, this.clock) ?? this.obviousLines(step)) {
      this.pending.lines.push(line);
      this.pending.steps.push(this.step);
    }
  }

  private obviousLines(step: Step): readonly string[] {
    switch (step.kind) {
      case 'in':
        return [step.port < PORTS ? portRead(step.port, step.width) : memoryRead(step.port, step.width)];
      case 'out':
        return [
          step.port < PORTS
            ? portWrite(step.port, step.width, step.value)
            : memoryWrite(step.port, step.width, step.value),
        ];
      case 'advance':
        return [this.clock.pass(step.ns)];
      default:
        throw new Error(`this QEMU bench takes no ${step.kind}`);
    }
  }

  /** QEMU reads its sockets in the turns of its main loop: two round trips later the character is in the UART. */
  private async arrive(character: SerialCharacter): Promise<void> {
    if (character.fault === 'break') {
      await this.client.qmp('chardev-send-break', { id: 'com1' });
    } else {
      await this.serial!.write(character);
    }
    const nothing = portRead(0x80, 1);
    await this.client.values([nothing]);
    await this.client.values([nothing]);
  }

  private async flush(): Promise<void> {
    const { lines, steps } = this.pending;
    const answers = await this.client.send(lines);
    answers.forEach((answer, index) => {
      if (/^(in|read)/.test(lines[index]!)) {
        this.seen[steps[index]! * PER_STEP] = answerValue(answer) >>> 0;
      }
    });
    this.pending = { lines: [], steps: [] };
  }

  private linesAtStart(): InterruptWord {
    const { lines } = this.bench.intercept;
    const word = new InterruptWord(lines.length);
    lines.forEach((line, index) => {
      word.set(index, this.client.irqLevel(line));
    });
    word.take();
    this.changes = [];
    return word;
  }

  private recordInterrupts(word: InterruptWord, steps: number): void {
    let next = 0;
    for (let step = 0; step < steps; step++) {
      for (; next < this.changes.length && this.changes[next]!.step <= step; next++) {
        const { line, level } = this.changes[next]!;
        word.set(this.bench.intercept.lines.indexOf(line), level);
      }
      this.seen[step * PER_STEP + 1] = word.take();
    }
  }

  /** Waits for as many bytes as the other side has sent, but not forever. */
  private async takeOutput(expected: number): Promise<readonly number[]> {
    if (this.serial === undefined) {
      return [];
    }
    for (let patience = 0; this.serial.received.length < expected && patience < 200; patience++) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.client.values([portRead(0x80, 1)]);
    }
    return this.serial.received;
  }
}
