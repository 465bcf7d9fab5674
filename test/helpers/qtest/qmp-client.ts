import type { Socket } from 'node:net';
import type { QemuProcess } from './qemu-process';

interface Waiter {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

interface QmpMessage {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
}

/** The machine protocol of QEMU: one JSON object a line, answers in the order of the commands, events in between. */
export class QmpClient {
  private readonly answers: Waiter[] = [];
  private readonly events: { name: string; waiter: Waiter }[] = [];
  private text = '';

  private constructor(
    private readonly qemu: QemuProcess,
    private readonly socket: Socket,
  ) {
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => this.receive(chunk));
    void qemu.exited.then(() => this.fail());
  }

  static async connect(qemu: QemuProcess): Promise<QmpClient> {
    const gone = qemu.exited.then(() => {
      throw qemu.reason();
    });
    const client = new QmpClient(qemu, await Promise.race([qemu.monitor, gone]));
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Runs one command and gives what it returned; rejects with QEMU's description of what was wrong with it. */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (!this.qemu.alive) return Promise.reject(this.qemu.reason());
    return new Promise((resolve, reject) => {
      this.answers.push({ resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** Resolves at the next event of this name; to be called before the command that causes it. */
  event(name: string): Promise<unknown> {
    return new Promise((resolve, reject) => this.events.push({ name, waiter: { resolve, reject } }));
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    const lines = (this.text + chunk).split('\n');
    this.text = lines.pop()!;
    for (const line of lines) {
      if (line.trim() !== '') this.dispatch(JSON.parse(line) as QmpMessage);
    }
  }

  private dispatch(message: QmpMessage): void {
    if (message.event !== undefined) {
      const at = this.events.findIndex((waiting) => waiting.name === message.event);
      if (at >= 0) this.events.splice(at, 1)[0].waiter.resolve(message);
    } else if (message.error !== undefined) {
      this.answers.shift()?.reject(new Error(`QMP: ${message.error.class}: ${message.error.desc}`));
    } else if ('return' in message) {
      this.answers.shift()?.resolve(message.return);
    }
  }

  private fail(): void {
    const waiting = [...this.answers.splice(0), ...this.events.splice(0).map((entry) => entry.waiter)];
    for (const waiter of waiting) waiter.reject(this.qemu.reason());
    this.close();
  }
}
