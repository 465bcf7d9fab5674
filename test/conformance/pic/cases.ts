import { expect } from 'vitest';
import type { PicDriver } from './pic-driver';

/** One rule of [8259A], as PC software meets it. */
export interface PicCase {
  readonly name: string;
  readonly run: (pic: PicDriver) => void;
}

const AUTO_EOI = 0x03;
const SPECIAL_FULLY_NESTED = 0x11;

/** A rule that is tested on both chips after the usual initialization. */
const initialized = (name: string, run: (pic: PicDriver) => void): PicCase => ({
  name,
  run: (pic) => {
    pic.initializeBoth();
    run(pic);
  },
});

const INITIALIZATION: readonly PicCase[] = [
  initialized('ICW2: vectors are its upper five bits and the level', (pic) => {
    pic.initialize('master', 0x57);
    pic.raise(3);
    expect(pic.acknowledge()).toBe(0x53);
  }),
  initialized('ICW1 clears mask, in-service and the edge sense; a line that stays high does not request', (pic) => {
    pic.raise(1, 4);
    expect(pic.acknowledge()).toBe(0x21);
    pic.mask('master', 0xff);
    pic.initialize('master', 0x20);
    expect(pic.readMask('master')).toBe(0);
    expect(pic.inService('master')).toBe(0);
    expect(pic.requests('master')).toBe(0);
    expect(pic.interrupt()).toBe(false);
    pic.lower(4);
    pic.raise(4);
    expect(pic.acknowledge()).toBe(0x24);
  }),
  initialized('ICW1 selects IRR for reading, fixed priorities and no special mask', (pic) => {
    pic.command('master', 0x0b);
    pic.command('master', 0xc3);
    pic.initialize('master', 0x20);
    pic.raise(3, 4);
    expect(pic.subject.read(0x20, 1)).toBe(0x18);
    expect(pic.acknowledge()).toBe(0x23);
  }),
  initialized('ICW1 without IC4 and with SNGL is followed by ICW2 alone', (pic) => {
    pic.command('master', 0x12);
    pic.mask('master', 0x40);
    pic.mask('master', 0xa5);
    expect(pic.readMask('master')).toBe(0xa5);
  }),
  initialized('the mask register reads back', (pic) => {
    pic.mask('slave', 0x5a);
    expect(pic.readMask('slave')).toBe(0x5a);
    expect(pic.readMask('master')).toBe(0);
  }),
];

const PRIORITY: readonly PicCase[] = [
  initialized(
    'fully nested: IR0 has the highest priority, an in-service level keeps out itself and lower ones',
    (pic) => {
      pic.raise(5, 3);
      expect(pic.acknowledge()).toBe(0x23);
      expect(pic.interrupt()).toBe(false);
      pic.raise(1);
      expect(pic.interrupt()).toBe(true);
      expect(pic.acknowledge()).toBe(0x21);
      expect(pic.inService('master')).toBe(0x0a);
      pic.endOfInterrupt('master');
      expect(pic.inService('master')).toBe(0x08);
      expect(pic.interrupt()).toBe(false);
      pic.endOfInterrupt('master');
      expect(pic.acknowledge()).toBe(0x25);
    },
  ),
  initialized('a masked request stays in the IRR and comes when unmasked', (pic) => {
    pic.mask('master', 0x10);
    pic.raise(4);
    expect(pic.interrupt()).toBe(false);
    expect(pic.requests('master')).toBe(0x10);
    pic.mask('master', 0);
    expect(pic.acknowledge()).toBe(0x24);
  }),
  initialized('specific EOI ends the level it names', (pic) => {
    pic.raise(5);
    pic.acknowledge();
    pic.raise(1);
    pic.acknowledge();
    pic.specificEndOfInterrupt('master', 5);
    expect(pic.inService('master')).toBe(0x02);
  }),
  initialized('rotate on non-specific EOI gives the level served the lowest priority', (pic) => {
    pic.raise(4, 6);
    expect(pic.acknowledge()).toBe(0x24);
    pic.command('master', 0xa0);
    pic.lower(4);
    pic.raise(4);
    expect(pic.acknowledge()).toBe(0x26);
  }),
  initialized('rotate on specific EOI', (pic) => {
    pic.raise(4);
    pic.acknowledge();
    pic.command('master', 0xe0 | 4);
    expect(pic.inService('master')).toBe(0);
    pic.raise(5, 3);
    expect(pic.acknowledge()).toBe(0x25);
  }),
  initialized('set priority makes the level named the lowest', (pic) => {
    pic.command('master', 0xc0 | 5);
    pic.raise(5, 6, 0);
    expect(pic.acknowledge()).toBe(0x26);
    pic.endOfInterrupt('master');
    expect(pic.acknowledge()).toBe(0x20);
    pic.endOfInterrupt('master');
    expect(pic.acknowledge()).toBe(0x25);
  }),
  initialized('automatic EOI leaves nothing in service', (pic) => {
    pic.initialize('master', 0x20, AUTO_EOI);
    pic.raise(1, 4);
    expect(pic.acknowledge()).toBe(0x21);
    expect(pic.inService('master')).toBe(0);
    expect(pic.acknowledge()).toBe(0x24);
  }),
  initialized('rotate in automatic EOI mode, set and cleared', (pic) => {
    pic.initialize('master', 0x20, AUTO_EOI);
    pic.command('master', 0x80);
    pic.raise(3, 5);
    expect(pic.acknowledge()).toBe(0x23);
    pic.lower(3);
    pic.raise(3);
    expect(pic.acknowledge()).toBe(0x25);
    pic.command('master', 0x00);
    pic.lower(5);
    pic.raise(5);
    expect(pic.acknowledge()).toBe(0x23);
  }),
  initialized('special mask mode: a masked level in service keeps nothing out', (pic) => {
    pic.raise(2 + 1);
    pic.acknowledge();
    pic.mask('master', 0x08);
    pic.raise(6);
    expect(pic.interrupt()).toBe(false);
    pic.command('master', 0x68);
    expect(pic.interrupt()).toBe(true);
    expect(pic.acknowledge()).toBe(0x26);
    pic.command('master', 0x48);
    pic.specificEndOfInterrupt('master', 6);
    pic.raise(7);
    expect(pic.interrupt()).toBe(false);
  }),
  initialized('special mask mode: an OCW3 without ESMM leaves it as it is', (pic) => {
    pic.raise(3);
    pic.acknowledge();
    pic.mask('master', 0x08);
    pic.command('master', 0x68);
    pic.command('master', 0x0a);
    pic.raise(6);
    expect(pic.interrupt()).toBe(true);
    pic.command('master', 0x2a);
    expect(pic.interrupt(), 'SMM alone is a don’t care').toBe(true);
    pic.command('master', 0x48);
    expect(pic.interrupt()).toBe(false);
  }),
  initialized('special mask mode: a non-specific EOI does not end a masked level', (pic) => {
    pic.raise(3);
    pic.acknowledge();
    pic.command('master', 0x68);
    pic.mask('master', 0x08);
    pic.endOfInterrupt('master');
    expect(pic.inService('master')).toBe(0x08);
    pic.mask('master', 0x00);
    pic.endOfInterrupt('master');
    expect(pic.inService('master')).toBe(0x00);
  }),
];

const CASCADE: readonly PicCase[] = [
  initialized('a request of the slave has its vector, and is in service in both', (pic) => {
    pic.raise(12);
    expect(pic.requests('master')).toBe(0x04);
    expect(pic.acknowledge()).toBe(0x2c);
    expect(pic.inService('master')).toBe(0x04);
    expect(pic.inService('slave')).toBe(0x10);
    pic.endOfInterrupt('slave');
    pic.endOfInterrupt('master');
    expect(pic.interrupt()).toBe(false);
  }),
  initialized('fully nested: the slave is kept out while IR2 is in service', (pic) => {
    pic.raise(12);
    pic.acknowledge();
    pic.raise(8);
    expect(pic.interrupt()).toBe(false);
    pic.endOfInterrupt('master');
    expect(pic.acknowledge()).toBe(0x28);
  }),
  initialized('special fully nested: a higher request of the slave gets through', (pic) => {
    pic.initialize('master', 0x20, SPECIAL_FULLY_NESTED);
    pic.raise(12);
    expect(pic.acknowledge()).toBe(0x2c);
    pic.raise(14);
    expect(pic.interrupt()).toBe(false);
    pic.raise(8);
    expect(pic.interrupt()).toBe(true);
    expect(pic.acknowledge()).toBe(0x28);
    pic.raise(3);
    expect(pic.interrupt()).toBe(true);
  }),
  initialized('a slave with automatic EOI asks again for its next request', (pic) => {
    pic.initialize('slave', 0x28, AUTO_EOI);
    pic.raise(8, 9);
    expect(pic.acknowledge()).toBe(0x28);
    pic.endOfInterrupt('master');
    expect(pic.interrupt()).toBe(true);
    expect(pic.acknowledge()).toBe(0x29);
  }),
  initialized('a polled slave with automatic EOI asks again for its next request', (pic) => {
    pic.initialize('slave', 0x28, AUTO_EOI);
    pic.raise(8, 9);
    expect(pic.poll('master')).toBe(0x82);
    expect(pic.poll('slave')).toBe(0x80);
    pic.endOfInterrupt('master');
    expect(pic.interrupt()).toBe(true);
    expect(pic.acknowledge()).toBe(0x29);
  }),
  initialized('IR0 and IR1 go before the slave, IR3 after it', (pic) => {
    pic.raise(3, 15, 1);
    expect(pic.acknowledge()).toBe(0x21);
    pic.endOfInterrupt('master');
    expect(pic.acknowledge()).toBe(0x2f);
  }),
];

const TRIGGERS: readonly PicCase[] = [
  initialized('edge: one request for each rise', (pic) => {
    pic.raise(5);
    pic.acknowledge();
    pic.endOfInterrupt('master');
    expect(pic.interrupt()).toBe(false);
    pic.lower(5);
    pic.raise(5);
    expect(pic.interrupt()).toBe(true);
  }),
  initialized('edge: a request that goes before its acknowledge is spurious', (pic) => {
    pic.raise(5);
    pic.lower(5);
    expect(pic.requests('master')).toBe(0);
    expect(pic.acknowledge()).toBe(0x27);
    expect(pic.inService('master'), 'IR7 is not in service').toBe(0);
  }),
  initialized('a request of the slave that goes before its acknowledge is spurious, IR7 of the master', (pic) => {
    pic.raise(9);
    pic.lower(9);
    expect(pic.acknowledge()).toBe(0x27);
  }),
  initialized('a request of the slave waits behind a masked IR2', (pic) => {
    pic.mask('master', 0x04);
    pic.raise(9);
    expect(pic.interrupt()).toBe(false);
    pic.mask('master', 0x00);
    expect(pic.acknowledge()).toBe(0x29);
    expect(pic.inService('master')).toBe(0x04);
  }),
  initialized('level: requests as long as the line is high', (pic) => {
    pic.edgeLevel('slave', 0x08);
    expect(pic.readEdgeLevel('slave')).toBe(0x08);
    pic.raise(11);
    expect(pic.acknowledge()).toBe(0x2b);
    pic.endOfInterrupt('slave');
    pic.endOfInterrupt('master');
    expect(pic.acknowledge()).toBe(0x2b);
    pic.lower(11);
    pic.endOfInterrupt('slave');
    pic.endOfInterrupt('master');
    expect(pic.interrupt()).toBe(false);
  }),
  initialized('[PIIX] ELCR: timer, keyboard, cascade, RTC and coprocessor stay edge-triggered', (pic) => {
    pic.edgeLevel('master', 0xff);
    pic.edgeLevel('slave', 0xff);
    expect(pic.readEdgeLevel('master')).toBe(0xf8);
    expect(pic.readEdgeLevel('slave')).toBe(0xde);
  }),
  initialized('level: the edge sense plays no part, ICW1 or not', (pic) => {
    pic.edgeLevel('master', 0x20);
    pic.raise(5);
    pic.initialize('master', 0x20);
    expect(pic.acknowledge()).toBe(0x25);
  }),
];

const POLLING: readonly PicCase[] = [
  initialized('poll: acknowledges and gives the level', (pic) => {
    pic.raise(6, 4);
    expect(pic.poll('master')).toBe(0x84);
    expect(pic.inService('master')).toBe(0x10);
    expect(pic.poll('master')).toBe(0x00);
    pic.endOfInterrupt('master');
    expect(pic.poll('master')).toBe(0x86);
  }),
  initialized('poll: the read after it is ordinary again', (pic) => {
    pic.raise(4);
    pic.poll('master');
    pic.command('master', 0x0b);
    expect(pic.subject.read(0x20, 1)).toBe(0x10);
    expect(pic.subject.read(0x20, 1)).toBe(0x10);
  }),
  initialized('poll: both chips', (pic) => {
    pic.raise(10);
    expect(pic.poll('master')).toBe(0x82);
    expect(pic.poll('slave')).toBe(0x82);
    expect(pic.inService('slave')).toBe(0x04);
  }),
  initialized('poll: a read of the mask register counts too', (pic) => {
    pic.raise(4);
    pic.command('master', 0x0c);
    expect(pic.readMask('master')).toBe(0x84);
    expect(pic.readMask('master')).toBe(0x00);
  }),
];

export const PIC_CASES: readonly PicCase[] = [...INITIALIZATION, ...PRIORITY, ...CASCADE, ...TRIGGERS, ...POLLING];
