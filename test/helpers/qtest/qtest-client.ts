import { QemuProcess } from './qemu-process';
import { QmpClient } from './qmp-client';

/** A batch of lines that are being answered. */
interface Batch {
  readonly answers: string[];
  missing: number;
  resolve(answers: string[]): void;
  reject(reason: Error): void;
}

const hexadecimal = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** The letters that qtest's `in` and `out` commands use for a width in bytes. */
const WIDTH_SUFFIX = { 1: 'b', 2: 'w', 4: 'l' } as const;

export const portRead = (port: number, width: 1 | 2 | 4): string => `in${WIDTH_SUFFIX[width]} ${hexadecimal(port)}`;
export const portWrite = (port: number, width: 1 | 2 | 4, value: number): string =>
  `out${WIDTH_SUFFIX[width]} ${hexadecimal(port)} ${hexadecimal(value)}`;

/** The value of an answer line, `OK` alone counting as 0; anything but OK is a mistake of ours and throws. */
export function answerValue(answer: string): number {
  if (!answer.startsWith('OK')) throw new Error(`qtest: ${answer}`);
  return answer.length > 3 ? Number(answer.slice(3)) : 0;
}

/**
 * Drives the device models of a QEMU that runs no CPU: port and memory accesses, interrupt lines and virtual time are
 * lines of text, each answered in turn. Lines sent together travel in one write, which is where the speed comes from.
 *
 * An interrupt line that changes is reported by QEMU *before* the answer of the access that changed it, so after any
 * awaited answer `irqLevel` is up to date, except for work that QEMU does in the background.
 */
export class QtestClient {
  private readonly batches: Batch[] = [];
  private readonly levels = new Map<number, boolean>();
  private text = '';
  private first = 0;
  /**
   * Called at each reported change of a line; `answered` is the number of answers of the present batch that came
   * before it, so that the change belongs to the batch's line of that index.
   */
  onIrq: ((line: number, level: boolean, answered: number) => void) | undefined;

  private constructor(
    private readonly process: QemuProcess,
    private readonly monitor: QmpClient,
  ) {
    process.output.setEncoding('latin1');
    process.output.on('data', (chunk: string) => this.receive(chunk));
    void process.exited.then(() => this.fail());
  }

  /** Starts `binary` with `args` added to what qtest needs. Rejects with `QemuGone` if it ends at once. */
  static async start(binary: string, args: readonly string[]): Promise<QtestClient> {
    const process = QemuProcess.start(binary, args);
    try {
      return new QtestClient(process, await QmpClient.connect(process));
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  get alive(): boolean {
    return this.process.alive;
  }

  /** Sends lines in one write; resolves with their answers. Rejects with `QemuGone` when QEMU dies on the way. */
  send(lines: readonly string[]): Promise<string[]> {
    if (!this.alive) return Promise.reject(this.process.reason());
    if (lines.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.batches.push({ answers: [], missing: lines.length, resolve, reject });
      this.process.input.write(`${lines.join('\n')}\n`);
    });
  }

  /** As `send`, with the answers' values. */
  async values(lines: readonly string[]): Promise<number[]> {
    return (await this.send(lines)).map(answerValue);
  }

  /** Last reported level of an intercepted interrupt line. */
  irqLevel(line: number): boolean {
    return this.levels.get(line) ?? false;
  }

  /** Reports the inputs (or outputs) of one device, by its QOM path, from now on. QEMU allows one device a process. */
  async interceptIrqs(path: string, side: 'in' | 'out' = 'in'): Promise<void> {
    await this.values([`irq_intercept_${side} ${path}`]);
  }

  async readMemory(address: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    const [answer] = await this.send([`b64read ${hexadecimal(address)} ${length}`]);
    if (!answer.startsWith('OK ')) throw new Error(`qtest: ${answer}`);
    return new Uint8Array(Buffer.from(answer.slice(3), 'base64'));
  }

  async writeMemory(address: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const text = Buffer.from(bytes).toString('base64');
    await this.values([`b64write ${hexadecimal(address)} ${bytes.length} ${text}`]);
  }

  async fillMemory(address: number, length: number, value: number): Promise<void> {
    await this.values([`memset ${hexadecimal(address)} ${length} ${hexadecimal(value)}`]);
  }

  /** Sets virtual time to an absolute number of ns; deadlines on the way fire in order. */
  async setClock(ns: number | bigint): Promise<void> {
    await this.values([`clock_set ${ns}`]);
  }

  async stepClock(ns: number | bigint): Promise<void> {
    await this.values([`clock_step ${ns}`]);
  }

  qmp(command: string, args?: Record<string, unknown>): Promise<unknown> {
    return this.monitor.execute(command, args);
  }

  /** Hard reset of the machine. It keeps the clock, CMOS RAM, guest RAM, media and what SET FEATURES has set. */
  async reset(): Promise<void> {
    const done = this.monitor.event('RESET');
    await this.monitor.execute('system_reset');
    await done;
  }

  /** Returns when no block request is in flight: stopping the machine drains them, virtual time does not move. */
  async drain(): Promise<void> {
    await this.monitor.execute('stop');
    await this.monitor.execute('cont');
  }

  async close(): Promise<void> {
    this.monitor.close();
    await this.process.close();
  }

  private receive(chunk: string): void {
    const text = this.text + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.receiveLine(text.slice(start, end));
      start = end + 1;
    }
    this.text = text.slice(start);
  }

  private receiveLine(line: string): void {
    if (line.startsWith('IRQ ')) {
      const [, change, number] = line.split(' ');
      this.levels.set(Number(number), change === 'raise');
      this.onIrq?.(Number(number), change === 'raise', this.batches[this.first]?.answers.length ?? 0);
      return;
    }
    const batch = this.batches[this.first];
    if (batch === undefined) throw new Error(`qtest: an answer nobody waits for: ${line}`);
    batch.answers.push(line);
    if (--batch.missing > 0) return;
    this.retireFirst();
    batch.resolve(batch.answers);
  }

  private retireFirst(): void {
    if (++this.first < 1024) return;
    this.batches.splice(0, this.first);
    this.first = 0;
  }

  private fail(): void {
    for (const batch of this.batches.splice(0).slice(this.first)) batch.reject(this.process.reason());
    this.first = 0;
  }
}
