import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Raised to whoever waits on a QEMU that has ended. A caller may start another one and go on. */
export class QemuGone extends Error {}

const SETPRIV = '/usr/bin/setpriv';
const GRACE_MS = 2_000;
const running = new Set<QemuProcess>();

process.once('exit', () => {
  for (const qemu of running) qemu.kill();
});

/**
 * One QEMU process with its qtest channel on standard input and output and a QMP socket that it connects to.
 *
 * QEMU does not end when the far side of its qtest channel closes, so a forgotten one would live on. Three things
 * prevent that: `close`, a hook on our own orderly exit, and, where util-linux is present, a kernel death signal that
 * also covers our being killed.
 */
export class QemuProcess {
  readonly input: Writable;
  readonly output: Readable;
  readonly exited: Promise<void>;
  private dead = false;
  private diagnostics = '';

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
    directory: string,
    readonly monitor: Promise<Socket>,
  ) {
    this.input = child.stdin;
    this.output = child.stdout;
    child.stdin.on('error', () => {});
    child.stderr.on('data', (text: Buffer) => {
      this.diagnostics = (this.diagnostics + text.toString('latin1')).slice(-4096);
    });
    this.exited = new Promise((resolve) => {
      const ended = (): void => {
        this.dead = true;
        running.delete(this);
        rmSync(directory, { recursive: true, force: true });
        resolve();
      };
      child.once('exit', ended);
      child.once('error', ended);
    });
    running.add(this);
  }

  static start(binary: string, args: readonly string[]): QemuProcess {
    const directory = mkdtempSync(join(tmpdir(), 'selfio-qemu-'));
    const path = join(directory, 'qmp');
    const server = createServer();
    const monitor = new Promise<Socket>((resolve, reject) => {
      server.once('error', reject);
      server.once('connection', (socket) => {
        server.close();
        resolve(socket);
      });
    });
    server.listen(path);
    const all = [
      ...['-accel', 'qtest', '-nodefaults', '-display', 'none', '-qtest', 'stdio', '-qtest-log', 'none'],
      ...['-chardev', `socket,id=monitor,path=${path},reconnect=0`, '-mon', 'chardev=monitor,mode=control'],
      ...args,
    ];
    const command = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', binary, ...all] : [binary, ...all];
    const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    const qemu = new QemuProcess(child, directory, monitor);
    void qemu.exited.then(() => server.close());
    return qemu;
  }

  get alive(): boolean {
    return !this.dead;
  }

  /** The error to report for this process once it is dead, with the last of what it printed. */
  reason(): QemuGone {
    const { exitCode, signalCode } = this.child;
    return new QemuGone(`QEMU ended (code ${exitCode}, signal ${signalCode}): ${this.diagnostics.trim()}`);
  }

  kill(): void {
    if (!this.dead) this.child.kill('SIGKILL');
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    if (this.dead) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }
}
