import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ConsoleWorld } from '../../helpers/pv/console-world';
import { type Frontends, loadFrontends } from '../../helpers/pv/frontends';

const WRAP = 2 ** 32;
const OUT_SIZE = 2048;
const IN_SIZE = 1024;

let frontends: Frontends;
beforeAll(async () => {
  frontends = await loadFrontends();
});

type Step =
  | { readonly write: number }
  | { readonly type: number }
  | { readonly read: number }
  | 'toBackend'
  | 'toFrontend'
  | 'migrate';
const amount = fc.oneof(fc.nat(20), fc.nat(1500));
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ write: amount }),
  fc.record({ type: amount }),
  fc.record({ read: amount }),
  fc.constant('toBackend'),
  fc.constant('toFrontend'),
  fc.constant('migrate'),
);
const startIndex = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 3000 }).map((n) => WRAP - n),
);

/** Both ends as a UART and a terminal use them: each keeps what there is no room for until an event says that there may be. */
class Terminal {
  readonly world: ConsoleWorld;
  readonly written: number[] = [];
  readonly typed: number[] = [];
  readonly read: number[] = [];
  private unsent: number[] = [];
  private untyped = 0;
  private count = 0;
  refusals = 0;

  constructor(index: number) {
    this.world = new ConsoleWorld(frontends, 1, index);
  }

  perform(step: Step): void {
    if (step === 'toBackend') this.toBackend();
    else if (step === 'toFrontend') this.toFrontend();
    else if (step === 'migrate') this.migrate();
    else if ('write' in step) this.write(step.write);
    else if ('type' in step) this.type(step.type);
    else this.readSome(step.read);
    this.check();
  }

  /** A reader that stopped before the ring was empty looks again by itself; everybody else is woken. */
  finish(): void {
    this.readSome(Number.POSITIVE_INFINITY);
    while (this.toBackend() || this.toFrontend());
    expect(this.unsent).toEqual([]);
    expect(this.untyped).toBe(this.typed.length);
    expect(this.world.output).toEqual(this.written);
    expect(this.read).toEqual(this.typed);
    expect([this.world.broken, this.world.backend.disconnectReason]).toEqual([false, undefined]);
  }

  private write(bytes: number): void {
    for (let i = 0; i < bytes; i++) {
      const byte = (this.count++ * 7) & 0xff;
      this.written.push(byte);
      this.unsent.push(byte);
    }
    this.send();
  }

  private send(): void {
    let sent = 0;
    while (sent < this.unsent.length && this.world.write(this.unsent[sent]!)) sent++;
    this.unsent = this.unsent.slice(sent);
    if (this.unsent.length > 0) this.refusals++;
    this.world.notify();
  }

  private type(bytes: number): void {
    for (let i = 0; i < bytes; i++) this.typed.push((this.count++ * 11) & 0xff);
    this.offer();
  }

  private offer(): void {
    this.untyped += this.world.backend.input(Uint8Array.from(this.typed), this.untyped);
    if (this.untyped < this.typed.length) this.refusals++;
  }

  private readSome(bytes: number): void {
    for (let i = 0; i < bytes; i++) {
      const byte = this.world.read();
      if (byte < 0) break;
      this.read.push(byte);
    }
    this.world.notify();
  }

  private toBackend(): boolean {
    const delivered = this.world.deliverToBackend();
    if (delivered) this.offer();
    return delivered;
  }

  private toFrontend(): boolean {
    if (!this.world.eventForFrontend) return false;
    this.world.eventForFrontend = false;
    this.readSome(Number.POSITIVE_INFINITY);
    this.send();
    return true;
  }

  private migrate(): void {
    const state = JSON.parse(JSON.stringify(this.world.backend.save()));
    this.world.replaceBackend();
    this.world.backend.restore(state);
  }

  private check(): void {
    const { world } = this;
    expect((world.word(3084) - world.word(3080)) >>> 0).toBe(OUT_SIZE - world.outputSpace);
    expect((world.word(3076) - world.word(3072)) >>> 0).toBe(world.inputAvailable);
    expect(world.inputAvailable).toBeLessThanOrEqual(IN_SIZE);
  }
}

test('every byte passes once and in order, in both directions; whoever waits for room is woken', () => {
  let refusals = 0;
  fc.assert(
    fc.property(startIndex, fc.array(step, { maxLength: 40, size: 'max' }), (index, steps) => {
      const terminal = new Terminal(index);
      for (const each of steps) terminal.perform(each);
      terminal.finish();
      refusals += terminal.refusals;
    }),
    { numRuns: 100 },
  );
  expect(refusals).toBeGreaterThan(30);
});

test('indices written by a hostile peer never crash, and never move a byte beyond the ring', () => {
  const field = fc.constantFrom(3072, 3076, 3080, 3084);
  const value = fc.oneof(fc.nat(4000), fc.nat(0xffff_ffff));
  const hostile = fc.oneof(
    { weight: 7, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(field, value) },
  );
  let caught = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(step, hostile), { maxLength: 20, size: 'max' }), (steps) => {
      const world = new ConsoleWorld(frontends, 1);
      for (const [each, write] of steps) {
        const before = world.output.length;
        if (write) world.setWord(...write);
        if (typeof each === 'string') world.backend.handleEvent();
        else if ('write' in each) for (let i = 0; i < each.write; i++) world.write(i);
        else if ('type' in each) expect(world.backend.input(new Uint8Array(each.type))).toBeLessThanOrEqual(IN_SIZE);
        else for (let i = 0; i < each.read; i++) world.read();
        expect(world.output.length - before).toBeLessThanOrEqual(OUT_SIZE);
        expect(Math.max(world.inputAvailable - IN_SIZE, world.outputSpace - OUT_SIZE)).toBeLessThanOrEqual(0);
      }
      if (world.broken || world.backend.disconnectReason !== undefined) caught++;
    }),
    { numRuns: 100 },
  );
  expect(caught).toBeGreaterThan(10);
});
