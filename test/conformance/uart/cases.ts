import { expect } from 'vitest';
import type { UnderTest } from '../../helpers/device-program/steps';
import { UartDriver } from './uart-driver';

/** Which UART a case needs; what it leaves out is a 16550A that sends at once and lets characters wait outside. */
export interface UartSetUp {
  readonly model?: '8250' | '16450' | '16550A';
  readonly timing?: 'timed' | 'instant';
  readonly backPressure?: 'blocking' | 'lossy';
}

export interface UartCase {
  /** Starts with the clause of [16550D]. */
  readonly name: string;
  readonly setUp: UartSetUp;
  readonly run: (uart: UartDriver) => void;
}

const DLAB = 0x80;
const ENABLE_FIFO = 0x01;
const [RDA, THRE, RLS, MODEM] = [1, 2, 4, 8] as const;
const LOOP = 0x10;

const simple = (name: string, run: (uart: UartDriver) => void): UartCase => ({ name, setUp: {}, run });
const timed = (name: string, run: (uart: UartDriver) => void): UartCase => ({ name, setUp: { timing: 'timed' }, run });
const lossy = (name: string, run: (uart: UartDriver) => void): UartCase => ({
  name,
  setUp: { backPressure: 'lossy' },
  run,
});

const REGISTERS: readonly UartCase[] = [
  simple('table I: after a reset', (uart) => {
    expect(uart.enabled()).toBe(0);
    expect(uart.identification()).toBe(0x01);
    expect(uart.readLineControl()).toBe(0);
    expect(uart.readModemControl()).toBe(0);
    expect(uart.lineStatus()).toBe(0x60);
    expect(uart.modemStatus()).toBe(0xb0);
    expect(uart.interrupt()).toBe(false);
  }),
  simple('8.1: DLAB puts the divisor latch in front of data and interrupt enable', (uart) => {
    uart.enable(0x0f);
    uart.setLine(0x1234);
    expect(uart.divisor()).toBe(0x1234);
    expect(uart.enabled()).toBe(0x0f);
    expect(uart.output()).toEqual([]);
  }),
  simple('8.1: the LCR reads back whole', (uart) => {
    uart.lineControl(0x7f);
    expect(uart.readLineControl()).toBe(0x7f);
  }),
  simple('8.5: the FIFO control register is written with DLAB set too', (uart) => {
    uart.lineControl(DLAB | 3);
    uart.fifo(ENABLE_FIFO);
    expect(uart.identification()).toBe(0xc1);
  }),
  simple('8.7, 8.8: bits without a meaning read as zero', (uart) => {
    uart.enable(0xff);
    uart.modemControl(0xff);
    expect(uart.enabled()).toBe(0x0f);
    expect(uart.readModemControl()).toBe(0x1f);
  }),
  simple('8.10: the scratch register holds a byte', (uart) => {
    uart.scratch(0xa5);
    expect(uart.readScratch()).toBe(0xa5);
  }),
  {
    name: '8.5: a 16450 has no FIFO',
    setUp: { model: '16450' },
    run: (uart) => {
      uart.fifo(ENABLE_FIFO);
      uart.scratch(0x5a);
      expect(uart.identification()).toBe(0x01);
      expect(uart.readScratch()).toBe(0x5a);
    },
  },
  {
    name: '8.10: an 8250 has no scratch register',
    setUp: { model: '8250' },
    run: (uart) => {
      uart.scratch(0x5a);
      expect(uart.readScratch()).toBe(0xff);
    },
  },
];

const INTERRUPTS: readonly UartCase[] = [
  simple('8.6: priorities are line status, received data, empty, modem', (uart) => {
    uart.setLine(1);
    uart.enable(RDA | THRE | RLS | MODEM);
    uart.modemInputs(0xa0);
    uart.arrive({ value: 0x41, fault: 'parity' });
    expect(uart.identification()).toBe(0x06);
    expect(uart.lineStatus()).toBe(0x65);
    expect(uart.identification()).toBe(0x04);
    expect(uart.receive()).toBe(0x41);
    expect(uart.identification()).toBe(0x02);
    expect(uart.identification()).toBe(0x00);
    expect(uart.interrupt()).toBe(true);
    expect(uart.modemStatus()).toBe(0xa1);
    expect(uart.identification()).toBe(0x01);
    expect(uart.interrupt()).toBe(false);
  }),
  simple('8.6: only an identification of "empty" resets that interrupt', (uart) => {
    uart.setLine(1);
    uart.enable(THRE | RDA);
    uart.arrive(0x55);
    expect(uart.identification()).toBe(0x04);
    uart.receive();
    expect(uart.identification()).toBe(0x02);
    expect(uart.identification()).toBe(0x01);
  }),
  simple('8.6: writing data resets the "empty" interrupt and its leaving raises it', (uart) => {
    uart.enable(THRE);
    uart.identification();
    expect(uart.interrupt()).toBe(false);
    uart.send(0x00);
    expect(uart.interrupt()).toBe(true);
    expect(uart.identification()).toBe(0x02);
  }),
  simple('8.7: enabling the "empty" interrupt raises it each time', (uart) => {
    uart.enable(THRE);
    expect(uart.identification()).toBe(0x02);
    uart.enable(THRE);
    expect(uart.identification()).toBe(0x01);
    uart.enable(0);
    uart.enable(THRE);
    expect(uart.identification()).toBe(0x02);
  }),
  simple('8.7: a disabled source does not raise the line and does not show in the identification', (uart) => {
    uart.arrive(0x01);
    expect(uart.identification()).toBe(0x01);
    expect(uart.interrupt()).toBe(false);
    uart.enable(RDA);
    expect(uart.interrupt()).toBe(true);
  }),
];

const RECEIVER: readonly UartCase[] = [
  lossy('8.4 bit 1: without FIFO the newer character destroys the older one', (uart) => {
    uart.setLine(1);
    uart.arrive(0x11, 0x22);
    expect(uart.lineStatus()).toBe(0x63);
    expect(uart.lineStatus()).toBe(0x61);
    expect(uart.receive()).toBe(0x22);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  lossy('8.4 bit 1: with FIFO the seventeenth character is lost at once', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.enable(RLS);
    for (let i = 0; i < 16; i++) uart.arrive(i);
    expect(uart.interrupt()).toBe(false);
    uart.arrive(0xee);
    expect(uart.identification()).toBe(0xc6);
    expect(uart.lineStatus()).toBe(0x63);
    expect(uart.receiveAll()).toEqual(Array.from({ length: 16 }, (_, i) => i));
  }),
  simple('blocking back-pressure: characters wait outside, none is lost', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    const bytes = Array.from({ length: 40 }, (_, i) => i);
    uart.arrive(...bytes);
    expect(uart.lineStatus()).toBe(0x61);
    expect(uart.receiveAll()).toEqual(bytes);
  }),
  simple('8.4 bits 2 to 4: without FIFO an error shows at once', (uart) => {
    uart.setLine(1);
    uart.enable(RLS);
    uart.arrive({ value: 0x10, fault: 'framing' });
    expect(uart.lineStatus()).toBe(0x69);
    uart.receive();
    uart.arrive({ value: 0xff, fault: 'break' });
    expect(uart.lineStatus()).toBe(0x71);
    expect(uart.receive()).toBe(0);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  simple('8.4 bits 2 to 4 and 7: with FIFO an error shows when its character is at the top', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.enable(RLS);
    uart.arrive(0x10, { value: 0x20, fault: 'parity' }, { value: 0x30, fault: 'framing' }, 0x40);
    expect(uart.interrupt()).toBe(false);
    expect(uart.lineStatus()).toBe(0xe1);
    uart.receive();
    expect(uart.interrupt()).toBe(true);
    expect(uart.lineStatus()).toBe(0xe5);
    expect(uart.interrupt()).toBe(false);
    expect(uart.receive()).toBe(0x20);
    expect(uart.lineStatus()).toBe(0xe9);
    expect(uart.lineStatus()).toBe(0x61);
    expect(uart.receive()).toBe(0x30);
    expect(uart.lineStatus()).toBe(0x61);
  }),
  simple('8.5: the trigger levels', (uart) => {
    uart.setLine(1);
    uart.enable(RDA);
    [1, 4, 8, 14].forEach((level, field) => {
      uart.fifo(ENABLE_FIFO | 2 | (field << 6));
      for (let i = 1; i < level; i++) {
        uart.arrive(i);
        expect(uart.interrupt(), `${i} of ${level}`).toBe(false);
      }
      uart.arrive(level);
      expect(uart.identification(), `level ${level}`).toBe(0xc4);
      uart.receive();
      expect(uart.interrupt()).toBe(false);
    });
  }),
  simple('8.5: clearing the receiver FIFO, and switching the mode', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.arrive(1, 2);
    uart.fifo(ENABLE_FIFO | 2);
    expect(uart.lineStatus()).toBe(0x60);
    uart.arrive(3);
    uart.fifo(0);
    expect(uart.lineStatus()).toBe(0x60);
    expect(uart.identification()).toBe(0x01);
    uart.arrive(4);
    uart.fifo(2);
    expect(uart.lineStatus(), 'bit 0 must be 1 for the others to count').toBe(0x61);
    uart.fifo(ENABLE_FIFO);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  simple('8.1: a word of five bits has five bits', (uart) => {
    uart.setLine(1, 0x00);
    uart.arrive(0xff);
    expect(uart.receive()).toBe(0x1f);
    uart.send(0xf5);
    expect(uart.output()).toEqual([0x15]);
  }),
];

const TIME_OUT: readonly UartCase[] = [
  simple('8.11: time-out four character times after the last arrival', (uart) => {
    uart.setLine(12);
    uart.fifo(ENABLE_FIFO | 0x80);
    uart.enable(RDA);
    uart.arrive(1, 2);
    uart.bits(39, 12);
    expect(uart.interrupt()).toBe(false);
    uart.bits(1, 12);
    expect(uart.identification()).toBe(0xcc);
    expect(uart.identification()).toBe(0xcc);
  }),
  simple('8.11: an arrival restarts the time-out', (uart) => {
    uart.setLine(12);
    uart.fifo(ENABLE_FIFO | 0x80);
    uart.enable(RDA);
    uart.arrive(1);
    uart.bits(30, 12);
    uart.arrive(2);
    uart.bits(30, 12);
    expect(uart.interrupt()).toBe(false);
    uart.bits(10, 12);
    expect(uart.identification()).toBe(0xcc);
  }),
  simple('8.11: a read resets and restarts it while characters are left', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO | 0x80);
    uart.enable(RDA);
    uart.arrive(1, 2);
    uart.bits(41, 1);
    expect(uart.interrupt()).toBe(true);
    uart.receive();
    expect(uart.interrupt()).toBe(false);
    uart.bits(39, 1);
    expect(uart.interrupt()).toBe(false);
    uart.bits(1, 1);
    expect(uart.identification()).toBe(0xcc);
    uart.receive();
    uart.bits(100, 1);
    expect(uart.interrupt()).toBe(false);
  }),
  simple('8.11: a later arrival does not take a time-out back', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO | 0x80);
    uart.enable(RDA);
    uart.arrive(1);
    uart.bits(41, 1);
    uart.arrive(2);
    expect(uart.identification()).toBe(0xcc);
  }),
  simple('8.1: the character time counts data, parity and stop bits', (uart) => {
    uart.setLine(1, 0x0c); // Five bits, parity, one and a half stop bits: 8.5 bits a character.
    uart.fifo(ENABLE_FIFO | 0x80);
    uart.enable(RDA);
    uart.arrive(1);
    uart.bits(33.5, 1);
    expect(uart.interrupt()).toBe(false);
    uart.bits(0.5, 1);
    expect(uart.interrupt()).toBe(true);
  }),
];

const TRANSMITTER: readonly UartCase[] = [
  timed('8.4 bits 5 and 6: holding register and shift register', (uart) => {
    uart.setLine(12);
    uart.enable(THRE);
    uart.identification();
    uart.send(0x41);
    expect(uart.lineStatus(), 'the first goes straight on to the shift register').toBe(0x20);
    expect(uart.identification()).toBe(0x02);
    uart.send(0x42);
    expect(uart.lineStatus()).toBe(0x00);
    uart.bits(9, 12);
    expect(uart.output()).toEqual([]);
    uart.bits(1, 12);
    expect(uart.output()).toEqual([0x41]);
    expect(uart.lineStatus()).toBe(0x20);
    expect(uart.identification()).toBe(0x02);
    uart.bits(10, 12);
    expect(uart.output()).toEqual([0x41, 0x42]);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  timed('8.3: the divisor sets the rate', (uart) => {
    uart.setLine(0x180);
    uart.send(0x00);
    uart.bits(9.9, 0x180);
    expect(uart.lineStatus()).toBe(0x20);
    uart.bits(0.1, 0x180);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  timed('8.11 A: a FIFO of two or more interrupts as soon as it is empty', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.enable(THRE);
    uart.identification();
    uart.send(1, 2, 3);
    uart.bits(20, 1);
    expect(uart.output()).toEqual([1, 2]);
    expect(uart.interrupt()).toBe(true);
    expect(uart.lineStatus()).toBe(0x20);
  }),
  timed('8.11 B: a lone character in the FIFO delays the indication', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.enable(THRE);
    uart.send(1);
    uart.identification();
    uart.bits(11, 1);
    uart.send(2);
    expect(uart.lineStatus()).toBe(0x00);
    uart.bits(8.5, 1);
    expect(uart.interrupt()).toBe(false);
    uart.bits(0.5, 1);
    expect(uart.interrupt()).toBe(true);
    expect(uart.lineStatus()).toBe(0x20);
    uart.bits(1, 1);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  timed('8.5: clearing the transmitter FIFO spares the shift register', (uart) => {
    uart.setLine(1);
    uart.fifo(ENABLE_FIFO);
    uart.send(1, 2, 3);
    uart.fifo(ENABLE_FIFO | 4);
    expect(uart.lineStatus()).toBe(0x20);
    uart.bits(40, 1);
    expect(uart.output()).toEqual([1]);
  }),
  timed('8.1 bit 6: a break does not stop the transmitter, and nothing gets through', (uart) => {
    uart.setLine(1);
    uart.lineControl(0x43);
    uart.send(0x55);
    uart.bits(10, 1);
    expect(uart.lineStatus()).toBe(0x60);
    expect(uart.output()).toEqual([]);
  }),
  simple('blocking back-pressure: a far end that does not take characters holds them', (uart) => {
    uart.setLine(1);
    uart.farEnd(false);
    uart.send(1);
    expect(uart.lineStatus()).toBe(0x20);
    uart.send(2);
    expect(uart.lineStatus()).toBe(0x00);
    uart.farEnd(true);
    expect(uart.lineStatus()).toBe(0x60);
    expect(uart.output()).toEqual([1, 2]);
  }),
  lossy('lossy back-pressure: a far end that does not take characters loses them', (uart) => {
    uart.setLine(1);
    uart.farEnd(false);
    uart.send(1, 2);
    expect(uart.lineStatus()).toBe(0x60);
    uart.farEnd(true);
    uart.send(3);
    expect(uart.output()).toEqual([3]);
  }),
];

const MODEM_CASES: readonly UartCase[] = [
  simple('8.8 bit 4: loopback returns what is sent, and keeps it inside', (uart) => {
    uart.setLine(1);
    uart.modemControl(LOOP);
    uart.send(0x7e);
    expect(uart.receive()).toBe(0x7e);
    expect(uart.output()).toEqual([]);
  }),
  timed('8.8 bit 4: a loop takes a character time', (uart) => {
    uart.setLine(1);
    uart.modemControl(LOOP);
    uart.send(0x7e);
    uart.bits(9, 1);
    expect(uart.lineStatus()).toBe(0x20);
    uart.bits(1, 1);
    expect(uart.lineStatus()).toBe(0x61);
  }),
  lossy('8.8 bit 4: the receiver is disconnected in loopback', (uart) => {
    uart.modemControl(LOOP);
    uart.arrive(0x31);
    expect(uart.lineStatus()).toBe(0x60);
  }),
  simple('8.8 bit 4: outputs appear on inputs, with deltas', (uart) => {
    uart.modemControl(LOOP);
    uart.modemStatus();
    for (const [output, seen] of [
      [0x01, 0x22],
      [0x02, 0x11],
      [0x04, 0x40],
      [0x08, 0x88],
    ] as const) {
      uart.modemControl(LOOP | output);
      expect(uart.modemStatus()).toBe(seen);
      uart.modemControl(LOOP);
      expect(uart.modemStatus() & 0xf0).toBe(0);
    }
  }),
  simple('8.8 bit 4: loopback interrupts on modem changes', (uart) => {
    uart.modemControl(LOOP);
    uart.modemStatus();
    uart.enable(MODEM);
    uart.modemControl(LOOP | 2);
    expect(uart.identification()).toBe(0x00);
    uart.modemStatus();
    expect(uart.interrupt()).toBe(false);
  }),
  simple('8.9: each change is remembered until the MSR is read', (uart) => {
    uart.modemInputs(0x00);
    expect(uart.modemStatus()).toBe(0x0b);
    expect(uart.modemStatus()).toBe(0x00);
    uart.modemInputs(0x10);
    uart.modemInputs(0x00);
    expect(uart.modemStatus()).toBe(0x01);
  }),
  simple('8.9 bit 2: only the trailing edge of RI counts', (uart) => {
    uart.modemInputs(0xf0);
    expect(uart.modemStatus()).toBe(0xf0);
    uart.modemInputs(0xb0);
    expect(uart.modemStatus()).toBe(0xb4);
  }),
];

export const UART_CASES: readonly UartCase[] = [
  ...REGISTERS,
  ...INTERRUPTS,
  ...RECEIVER,
  ...TIME_OUT,
  ...TRANSMITTER,
  ...MODEM_CASES,
];

export function runUartCase(subject: UnderTest, { run }: UartCase): void {
  run(new UartDriver(subject));
}
