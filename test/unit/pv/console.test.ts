import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConsoleWorld } from '../../helpers/pv/console-world';
import { type Frontends, loadFrontends } from '../../helpers/pv/frontends';

// Re-declared from [Xen] public/io/console.h.
const IN = 0;
const OUT = 1024;
const IN_CONS = 3072;
const IN_PROD = 3076;
const OUT_CONS = 3080;
const OUT_PROD = 3084;
const GRANT_CONSOLE_RINGS = 16;

let frontends: Frontends;
let world: ConsoleWorld;

beforeAll(async () => {
  frontends = await loadFrontends();
});

beforeEach(() => {
  world = new ConsoleWorld(frontends, 2);
});

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const writeAll = (bytes: Uint8Array) => bytes.forEach((byte) => void expect(world.write(byte)).toBe(true));

describe('front-end', () => {
  test('grants its page', () => {
    expect(world.grants.flags(GRANT_CONSOLE_RINGS + 2)).toBe(1);
    expect(world.grants.frame(GRANT_CONSOLE_RINGS + 2)).toBe(0x3ff4a000 / 4096);
  });

  test('writes into the out ring, byte for byte', () => {
    writeAll(ascii('Hi'));
    expect([world.byte(OUT), world.byte(OUT + 1), world.word(OUT_PROD), world.word(OUT_CONS)]).toEqual([72, 105, 2, 0]);
    expect(world.outputSpace).toBe(2046);
  });

  test('has room for 2048 bytes', () => {
    for (let i = 0; i < 2048; i++) expect(world.write(i & 0xff)).toBe(true);
    expect(world.write(0)).toBe(false);
    expect([world.word(OUT_PROD), world.outputSpace]).toEqual([2048, 0]);
  });

  test('reads the in ring, all values of a byte', () => {
    world.setByte(IN, 0xff);
    world.setByte(IN + 1, 0);
    world.setWord(IN_PROD, 2);
    expect(world.inputAvailable).toBe(2);
    expect([world.read(), world.read(), world.read()]).toEqual([0xff, 0, -1]);
    expect(world.word(IN_CONS)).toBe(2);
  });

  test('notifies once for everything since the last time, and not when nothing was written', () => {
    world.notify();
    expect(world.eventsSent).toBe(0);
    writeAll(ascii('abc'));
    world.notify();
    world.notify();
    expect(world.eventsSent).toBe(1);
  });

  test('sends no event for bytes behind others that the back-end has not taken yet', () => {
    for (const byte of ascii('many bytes')) {
      world.write(byte);
      world.notify();
    }
    expect(world.eventsSent).toBe(1);
    world.deliverToBackend();
    world.write(33);
    world.notify();
    expect(world.eventsSent).toBe(2);
  });

  test('tells of room in the input ring only when it was full, since only then somebody can wait for it', () => {
    const typed = new Uint8Array(1025);
    expect(world.backend.input(typed.subarray(0, 1000))).toBe(1000);
    world.read();
    world.notify();
    expect(world.eventsSent).toBe(0);
    expect(world.backend.input(typed)).toBe(25);
    world.read();
    world.read();
    world.notify();
    expect(world.eventsSent).toBe(1);
  });

  test.each([
    ['out_cons ahead of out_prod', OUT_CONS, 1],
    ['out_cons more than a ring behind', OUT_CONS, 0xffff_f7ff],
    ['in_prod beyond the ring', IN_PROD, 1025],
  ])('is broken, and silent, when it finds %s', (_, field, value) => {
    world.setWord(field, value);
    expect([world.inputAvailable, world.outputSpace]).toEqual([0, 0]);
    expect([world.broken, world.write(1), world.read()]).toEqual([true, false, -1]);
    expect(world.word(OUT_PROD)).toBe(0);
  });
});

describe('back-end', () => {
  test('drains the out ring into the sink, and has nothing to tell a front-end that does not wait for room', () => {
    writeAll(ascii('boot'));
    world.notify();
    world.deliverToBackend();
    expect(world.output).toEqual([...ascii('boot')]);
    expect([world.word(OUT_CONS), world.eventForFrontend]).toEqual([4, false]);
  });

  test('tells a front-end that filled the out ring of the room', () => {
    for (let i = 0; i < 2048; i++) world.write(i & 0xff);
    world.notify();
    world.deliverToBackend();
    expect([world.output.length, world.eventForFrontend]).toEqual([2048, true]);
  });

  test('announces input only when it comes into an empty ring', () => {
    world.backend.input(ascii('l'));
    expect(world.eventForFrontend).toBe(true);
    world.eventForFrontend = false;
    world.backend.input(ascii('s'));
    expect(world.eventForFrontend).toBe(false);
    expect([world.read(), world.read(), world.read()]).toEqual([...ascii('ls'), -1]);
    world.backend.input(ascii('!'));
    expect(world.eventForFrontend).toBe(true);
  });

  test('wants to be called again when the front-end wrote behind it, because no event will tell', () => {
    writeAll(ascii('a'));
    world.notify();
    let written = false;
    world.onOutput = () => {
      if (!written) world.write(98);
      world.notify();
      written = true;
    };
    world.deliverToBackend();
    expect([world.output, world.eventsSent]).toEqual([[97], 1]);
    while (world.deliverToBackend());
    expect(world.output).toEqual([97, 98]);
  });

  test('does not answer an event that brought nothing', () => {
    world.backend.handleEvent();
    expect(world.eventForFrontend).toBe(false);
  });

  test('gives input', () => {
    expect(world.backend.input(ascii('ls\r'))).toBe(3);
    expect(world.eventForFrontend).toBe(true);
    expect([world.read(), world.read(), world.read(), world.read()]).toEqual([...ascii('ls\r'), -1]);
  });

  test('takes 1024 bytes of input and leaves the others to the caller until there is room', () => {
    const typed = Uint8Array.from({ length: 1500 }, (_, i) => i % 251);
    expect(world.backend.input(typed)).toBe(1024);
    expect(world.backend.input(typed, 1024)).toBe(0);
    const read = Array.from({ length: 600 }, () => world.read());
    expect(world.backend.input(typed, 1024)).toBe(476);
    for (let byte = world.read(); byte >= 0; byte = world.read()) read.push(byte);
    expect(read).toEqual([...typed]);
  });

  test('has no input for a console that is not there yet', () => {
    world.grants.clear();
    expect(world.backend.input(ascii('x'))).toBe(0);
    world.backend.handleEvent();
    expect(world.backend.disconnectReason).toBeUndefined();
  });

  test.each([
    ['out_prod beyond the ring', OUT_PROD, 2049],
    ['out_prod that ran backwards', OUT_PROD, 0xffff_ffff],
  ])('cuts off a front-end with %s', (_, field, value) => {
    world.setWord(field, value);
    world.backend.handleEvent();
    expect(world.output).toEqual([]);
    expect(world.backend.disconnectReason).toContain('output index');
    expect(world.backend.input(ascii('x'))).toBe(0);
  });

  test.each([1, 0xffff_fbff])('cuts off a front-end with in_cons %i', (value) => {
    world.setWord(IN_CONS, value);
    expect(world.backend.input(ascii('x'))).toBe(0);
    expect(world.word(IN_PROD)).toBe(0);
    expect(world.backend.disconnectReason).toContain('input index');
  });

  test('reset connects afresh', () => {
    world.setWord(OUT_PROD, 5000);
    world.backend.handleEvent();
    world.backend.reset();
    world.call.consoleConnect(2, 9);
    writeAll(ascii('!'));
    world.backend.handleEvent();
    expect(world.output).toEqual([33]);
  });

  test('continues from a saved state', () => {
    writeAll(ascii('one'));
    world.backend.handleEvent();
    world.backend.input(ascii('two'));
    const state = JSON.parse(JSON.stringify(world.backend.save()));
    world.replaceBackend();
    world.backend.restore(state);
    writeAll(ascii('three'));
    world.backend.handleEvent();
    world.backend.input(ascii('4'));
    expect(world.output).toEqual([...ascii('onethree')]);
    expect([0, 1, 2, 3, 4].map(() => world.read())).toEqual([...ascii('two4'), -1]);
  });
});
