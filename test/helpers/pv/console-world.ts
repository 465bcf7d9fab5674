import { ConsoleBackend } from '../../../pv-drivers/backend/console';
import type { Frontends } from './frontends';
import { TestGrantTable } from './grant-table';

// Re-declared from hypervisor/abi/layout.ts and pv-drivers/protocol/grant-references.ts.
const FRONTEND_STATE = 0x3ff30000;
const BLOCK_RING_COUNT = 6;
const CONSOLE_RINGS = 0x3ff48000;
const GRANT_CONSOLE_RINGS = 16;
const PAGE = 4096;
const PORT = 9;

/** The real console front-end and back-end on one memory, with an event channel that a test delivers. See BlockWorld. */
export class ConsoleWorld {
  readonly grants: TestGrantTable;
  readonly output: number[] = [];
  /** Called with each byte of output before the back-end takes the next one. */
  onOutput: () => void = () => {};
  backend: ConsoleBackend;
  eventForBackend = false;
  eventForFrontend = false;
  eventsSent = 0;

  constructor(
    readonly frontends: Frontends,
    private readonly ring: number,
    index = 0,
  ) {
    this.grants = new TestGrantTable(frontends.memory);
    this.grants.clear();
    const state = FRONTEND_STATE + (BLOCK_RING_COUNT + ring) * PAGE;
    frontends.memory.fill(0, state, state + PAGE);
    frontends.onEvent = (port) => {
      if (port !== PORT) throw new Error(`event to port ${port}`);
      this.eventForBackend = true;
      this.eventsSent++;
    };
    this.call.consoleConnect(ring, PORT);
    this.backend = this.newBackend();
    if (index !== 0) this.moveIndices(index);
  }

  get call() {
    return this.frontends.call;
  }

  replaceBackend(): void {
    this.backend.reset();
    this.backend = this.newBackend();
  }

  byte(offset: number): number {
    return this.frontends.memory[CONSOLE_RINGS + this.ring * PAGE + offset]!;
  }

  setByte(offset: number, value: number): void {
    this.frontends.memory[CONSOLE_RINGS + this.ring * PAGE + offset] = value;
  }

  word(offset: number): number {
    return new DataView(this.frontends.memory.buffer).getUint32(CONSOLE_RINGS + this.ring * PAGE + offset, true);
  }

  setWord(offset: number, value: number): void {
    new DataView(this.frontends.memory.buffer).setUint32(CONSOLE_RINGS + this.ring * PAGE + offset, value, true);
  }

  write(byte: number): boolean {
    return this.call.consoleWrite(this.ring, byte) !== 0;
  }

  read(): number {
    return this.call.consoleRead(this.ring);
  }

  get outputSpace(): number {
    return this.call.consoleOutputSpace(this.ring);
  }

  get inputAvailable(): number {
    return this.call.consoleInputAvailable(this.ring);
  }

  notify(): void {
    this.call.consoleNotify(this.ring);
  }

  get broken(): boolean {
    return this.call.consoleBroken(this.ring) !== 0;
  }

  deliverToBackend(): boolean {
    if (!this.eventForBackend) return false;
    this.eventForBackend = false;
    if (this.backend.handleEvent()) this.eventForBackend = true;
    return true;
  }

  private newBackend(): ConsoleBackend {
    return new ConsoleBackend({
      memory: this.frontends.memory,
      grants: this.grants,
      ring: GRANT_CONSOLE_RINGS + this.ring,
      sink: (byte) => {
        this.output.push(byte);
        this.onOutput();
      },
      notify: () => {
        this.eventForFrontend = true;
      },
    });
  }

  private moveIndices(index: number): void {
    this.call.consoleMoveIndices(this.ring, index);
    for (const offset of [3072, 3076, 3080, 3084]) this.setWord(offset, index);
    this.backend.restore({ connected: true, disconnectReason: null, outConsumed: index, inProduced: index });
  }
}
