import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const SETPRIV = '/usr/bin/setpriv';
/** Milliseconds in which a QEMU has to say its first word, and between two looks whether it has. */
const PATIENCE = 10_000;
const LOOK = 5;
/** Milliseconds without a byte after which a QEMU that owes an answer is taken for dead. */
const SILENCE = 30_000;
const BUFFER_BYTES = 65_536;
/** What the vCPU's thread and the watchdog share. */
const Word = { TURN: 0, EXPIRED: 1 } as const;

/** The emulator ended, or never began. */
export class QemuGone extends Error {
  override name = 'QemuGone';
}

const running = new Set<QtestChannel>();
process.once('exit', () => {
  for (const channel of running) channel.close();
});

const never = new Int32Array(new SharedArrayBuffer(4));

/** Read what a file that does not block has now: zero bytes if there is nothing. */
export function readReady(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/**
 * A QEMU whose device models are driven over its qtest protocol: lines of text, each answered in turn. Synchronous, since a vCPU waits
 * for the answer to its access: the channel is a pair of named pipes, and reading from one blocks.
 */
export class QtestChannel {
  /** For files of whoever uses the channel; it goes with it. */
  readonly directory = mkdtempSync(join(tmpdir(), 'selfio-qemu-'));
  private child: ChildProcess | undefined;
  private input = -1;
  private output = -1;
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private text = '';
  private binary = '';
  private readonly shared = new Int32Array(new SharedArrayBuffer(8));
  private watchdog: Worker | undefined;

  /**
   * @param onIrq called for each change of an interrupt line, before `exchange` returns
   * @param silence milliseconds for which QEMU may be silent when it owes an answer; it is ended after twice that at the latest
   */
  constructor(
    private readonly onIrq: (line: number, level: boolean) => void,
    private readonly silence = SILENCE,
  ) {
    running.add(this);
  }

  /** Two named pipes for a character device `pipe:PATH` of QEMU: what it reads, and what it writes. */
  makePipes(name: string): { path: string; toQemu: number; fromQemu: number } {
    const path = join(this.directory, name);
    spawnSync('mkfifo', [`${path}.in`, `${path}.out`]);
    // Opened for both directions, because opening only one end would wait for the other.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    return { path, toQemu: openSync(`${path}.in`, flags), fromQemu: openSync(`${path}.out`, flags) };
  }

  /**
   * Start `binary` and have it report the inputs of device `interrupts` (a QOM path).
   *
   * @throws QemuGone with QEMU's own words
   */
  start(binary: string, args: readonly string[], interrupts: string): void {
    const { path, toQemu, fromQemu } = this.makePipes('qtest');
    const own = ['-accel', 'qtest', '-nodefaults', '-display', 'none', '-qtest', `pipe:${path}`, '-qtest-log', 'none'];
    const command = [binary, ...own, ...args];
    if (existsSync(SETPRIV)) command.unshift(SETPRIV, '--pdeathsig', 'KILL', '--');
    this.binary = binary;
    const diagnostics = openSync(join(this.directory, 'stderr'), 'w');
    this.child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', diagnostics] });
    this.child.unref();
    closeSync(diagnostics);
    this.input = toQemu;
    writeSync(toQemu, `irq_intercept_in ${interrupts}\n`);
    for (let waited = 0; !this.text.includes('OK\n'); waited += LOOK) {
      if (waited >= PATIENCE) throw this.gone('does not answer');
      this.text += this.buffer.toString('latin1', 0, readReady(fromQemu, this.buffer));
      Atomics.wait(never, 0, 0, LOOK);
    }
    this.text = '';
    // From now on reading waits, and ends when QEMU does: then nobody has the pipe open for writing any more.
    this.output = openSync(`${path}.out`, constants.O_RDONLY);
    closeSync(fromQemu);
    this.watch(this.child.pid!);
  }

  /**
   * Send `lines` in one piece and wait for all their answers.
   *
   * @returns the values in the answers, 0 for an answer without one
   * @throws QemuGone if QEMU ends, or stops answering
   */
  exchange(lines: readonly string[]): number[] {
    writeSync(this.input, `${lines.join('\n')}\n`);
    const values: number[] = [];
    while (values.length < lines.length) this.receive(values);
    return values;
  }

  close(): void {
    running.delete(this);
    void this.watchdog?.terminate();
    this.child?.kill('SIGKILL');
    for (const fd of [this.input, this.output]) if (fd >= 0) closeSync(fd);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private watch(pid: number): void {
    const workerData = { shared: this.shared.buffer, Word, pid, limit: this.silence };
    this.watchdog = new Worker(new URL('./watchdog.mjs', import.meta.url), { workerData, execArgv: [] });
    this.watchdog.unref();
  }

  private receive(values: number[]): void {
    Atomics.add(this.shared, Word.TURN, 1);
    const count = readSync(this.output, this.buffer);
    Atomics.add(this.shared, Word.TURN, 1);
    if (count === 0) {
      const silent = Atomics.load(this.shared, Word.EXPIRED) === 1;
      throw this.gone(silent ? `was ended: it had not answered for ${this.silence / 1000} s` : 'ended');
    }
    const lines = (this.text + this.buffer.toString('latin1', 0, count)).split('\n');
    this.text = lines.pop()!;
    for (const line of lines) this.takeLine(line, values);
  }

  private takeLine(line: string, values: number[]): void {
    if (line.startsWith('OK')) values.push(line.length > 3 ? Number(line.slice(3)) : 0);
    else if (line.startsWith('IRQ ')) {
      const [, change, number] = line.split(' ');
      this.onIrq(Number(number), change === 'raise');
    } else throw new Error(`qtest: ${line}`);
  }

  private gone(what: string): QemuGone {
    const words = readFileSync(join(this.directory, 'stderr'), 'utf8').trim().split('\n').at(-1);
    return new QemuGone(`--placement qemu: ${this.binary} ${what}${words ? `: ${words}` : ''}`);
  }
}
