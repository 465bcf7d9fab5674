import { describe, expect, it } from 'vitest';
import { PicPair } from '../../../hypervisor/interrupt/pic-pair';

const MASTER = 0x20;
const SLAVE = 0xa0;

/** The initialization of a PC BIOS: edge-triggered, cascade on 2, vectors 08h and 70h, 8086 mode, all unmasked. */
function initialized(icw4 = 0x01): PicPair {
  const pic = new PicPair();
  for (const [port, base, cascade] of [
    [MASTER, 0x08, 0x04],
    [SLAVE, 0x70, 0x02],
  ] as const) {
    pic.write(port, 0x11);
    pic.write(port + 1, base);
    pic.write(port + 1, cascade);
    pic.write(port + 1, icw4);
    pic.write(port + 1, 0x00);
  }
  return pic;
}

describe('8259A pair', () => {
  it('delivers the vector of the highest priority first and holds back lower ones until EOI', () => {
    const pic = initialized();
    pic.pulse(4);
    pic.pulse(0);
    expect(pic.asserted).toBe(true);
    expect(pic.acknowledge()).toBe(0x08);
    expect(pic.asserted).toBe(false);
    pic.write(MASTER, 0x20);
    expect(pic.acknowledge()).toBe(0x0c);
  });

  it('interrupts a handler only by a higher priority', () => {
    const pic = initialized();
    pic.pulse(4);
    pic.acknowledge();
    pic.pulse(5);
    expect(pic.asserted).toBe(false);
    pic.pulse(1);
    expect(pic.acknowledge()).toBe(0x09);
  });

  it('passes the slave through input 2, and a second slave interrupt after the first', () => {
    const pic = initialized();
    pic.pulse(14);
    pic.pulse(8);
    expect(pic.acknowledge()).toBe(0x70);
    pic.write(SLAVE, 0x20);
    pic.write(MASTER, 0x20);
    expect(pic.acknowledge()).toBe(0x76);
    pic.write(SLAVE, 0x20);
    pic.write(MASTER, 0x20);
    expect(pic.asserted).toBe(false);
  });

  it('does not deliver what is masked, and remembers it', () => {
    const pic = initialized();
    pic.write(MASTER + 1, 0x10);
    pic.pulse(4);
    expect(pic.asserted).toBe(false);
    pic.write(MASTER + 1, 0x00);
    expect(pic.acknowledge()).toBe(0x0c);
  });

  it('keeps a pulse without width, and takes back a request whose line falls', () => {
    const pic = initialized();
    pic.pulse(4);
    pic.setLine(12, true);
    pic.setLine(12, false);
    expect(pic.acknowledge()).toBe(0x0c);
    pic.write(MASTER, 0x20);
    expect(pic.asserted).toBe(false);
  });

  it('answers 7 when a level-triggered request has gone before the acknowledge', () => {
    const pic = initialized();
    pic.write(0x4d0, 0x20);
    pic.setLine(5, true);
    expect(pic.asserted).toBe(true);
    pic.setLine(5, false);
    expect(pic.acknowledge()).toBe(0x0f);
    pic.write(MASTER, 0x0b);
    expect(pic.read(MASTER)).toBe(0);
  });

  it('repeats a level-triggered interrupt as long as the line is high', () => {
    const pic = initialized();
    pic.write(0x4d1, 0x04);
    pic.setLine(10, true);
    expect(pic.acknowledge()).toBe(0x72);
    pic.write(SLAVE, 0x20);
    pic.write(MASTER, 0x20);
    expect(pic.acknowledge()).toBe(0x72);
  });

  it('keeps the timer, keyboard, cascade, clock and coprocessor inputs edge-triggered', () => {
    const pic = initialized();
    pic.write(0x4d0, 0xff);
    pic.write(0x4d1, 0xff);
    expect([pic.read(0x4d0), pic.read(0x4d1)]).toEqual([0xf8, 0xde]);
  });

  it('acknowledges by poll', () => {
    const pic = initialized();
    pic.pulse(3);
    pic.write(MASTER, 0x0c);
    expect(pic.read(MASTER)).toBe(0x83);
    pic.write(MASTER, 0x0b);
    expect(pic.read(MASTER)).toBe(0x08);
  });

  it('ends interrupts by itself in automatic EOI mode', () => {
    const pic = initialized(0x03);
    pic.pulse(4);
    expect(pic.acknowledge()).toBe(0x0c);
    pic.pulse(5);
    expect(pic.acknowledge()).toBe(0x0d);
  });

  it('rotates priorities on EOI', () => {
    const pic = initialized();
    pic.pulse(3);
    pic.acknowledge();
    pic.write(MASTER, 0xa0);
    pic.pulse(3);
    pic.pulse(4);
    expect(pic.acknowledge()).toBe(0x0c);
  });

  it('lets all other inputs through in special mask mode', () => {
    const pic = initialized();
    pic.pulse(3);
    pic.acknowledge();
    pic.pulse(5);
    expect(pic.asserted).toBe(false);
    pic.write(MASTER + 1, 0x08);
    pic.write(MASTER, 0x68);
    expect(pic.acknowledge()).toBe(0x0d);
  });
});
