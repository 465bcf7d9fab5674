import { expect } from 'vitest';
import type { UnderTest } from '../../helpers/device-program/steps';
import { PitDriver } from './pit-driver';

/**
 * The waveforms of [8254] "Mode Definitions" and what its text adds, one CLK pulse at a time.
 *
 * They run on counter 2, the one whose GATE and OUT a PC can reach (port 61h bits 0 and 5). GATE is high at the start.
 * Words of a script, all numbers hexadecimal:
 *
 *     C1A   control word (D7 D6 are added)      W04   a byte to the counter      G0 G1   GATE low, high
 *     4L    one CLK pulse, after which CE is 4 and OUT low (H high); ?H checks OUT only
 *     =L    no pulse: OUT is low now            xN:M  N pulses, then as `M`
 */
export interface Timeline {
  readonly name: string;
  readonly script: string;
}

export const TIMELINES: readonly Timeline[] = [
  {
    name: 'mode 0: OUT goes high N+1 pulses after the write, CE wraps',
    script: 'C10 =L W04 =L 4L 3L 2L 1L 0H FFH FEH',
  },
  { name: 'mode 0: GATE low holds the count and not OUT', script: 'C10 W03 3L 2L G0 2L 2L G1 1L 0H G0 =H 0H G1 FFH' },
  { name: 'mode 0: a count written with GATE low is loaded', script: 'C10 G0 W02 2L 2L 2L G1 1L 0H' },
  { name: 'mode 0: a new count is loaded by the next pulse', script: 'C10 W03 3L 2L 1L W02 =L 2L 1L 0H FFH' },
  { name: 'mode 0: a new count after the end lowers OUT at once', script: 'C10 W01 1L 0H FFH W02 =L 2L 1L 0H' },
  {
    name: 'mode 0: the first of two bytes stops the count and lowers OUT at once',
    script: 'C30 W02 W00 2L 1L 0H FFFFH W03 =L FFFFL FFFFL W00 3L 2L 1L 0H',
  },
  { name: 'mode 0: a new control word lowers OUT at once', script: 'C10 W01 1L 0H C10 =L ?L ?L' },
  { name: 'mode 0: zero is 10000h', script: 'C30 W00 W00 0L FFFFL xFFFD:2L 1L 0H' },
  { name: 'mode 0: MSB only', script: 'C20 W01 0100L' },
  {
    name: 'mode 1: a trigger starts the pulse, low for N',
    script: 'C12 =H W03 ?H ?H G0 G1 =H 3L 2L 1L 0H FFH G0 FEH G1 3L 2L',
  },
  { name: 'mode 1: retriggered', script: 'C12 W03 G0 G1 3L 2L 1L G0 G1 3L 2L 1L 0H' },
  { name: 'mode 1: a new count waits for the next trigger', script: 'C12 W02 G0 G1 2L 1L W04 0H FFH FEH G0 G1 4L 3L' },
  { name: 'mode 1: the level of GATE does not matter', script: 'C12 W02 G0 G1 G0 2L 1L 0H FFH' },
  { name: 'mode 1: no count, no pulse', script: 'C12 G0 G1 ?H ?H' },
  { name: 'mode 2: low for the last pulse of N', script: 'C14 =H W03 3H 2H 1L 3H 2H 1L 3H' },
  { name: 'mode 2: N = 2', script: 'C14 W02 2H 1L 2H 1L 2H' },
  { name: 'mode 2: GATE low stops, GATE high reloads', script: 'C14 W03 3H 2H G0 2H 2H G1 3H 2H 1L 3H' },
  { name: 'mode 2: GATE low raises OUT at once', script: 'C14 W03 3H 2H 1L G0 =H 1H G1 3H 2H 1L' },
  { name: 'mode 2: a new count waits for the end of the period', script: 'C14 W04 4H 3H W05 2H 1L 5H 4H 3H 2H 1L 5H' },
  { name: 'mode 2: a trigger takes the new count up early', script: 'C14 W04 4H 3H W05 2H G0 G1 5H 4H 3H' },
  { name: 'mode 2: the first of two bytes changes nothing', script: 'C34 W03 W00 3H W05 2H 1L 3H W00 2H 1L 5H 4H' },
  { name: 'mode 2: zero is 10000h', script: 'C34 W00 W00 0H FFFFH xFFFE:1L 0H' },
  { name: 'mode 2 as mode 6', script: 'C1C W03 3H 2H 1L 3H' },
  { name: 'mode 3: even counts', script: 'C16 =H W04 4H 2H 4L 2L 4H 2H 4L 2L' },
  { name: 'mode 3: odd counts, one longer high', script: 'C16 W05 4H 2H 0H 4L 2L 4H 2H 0H 4L 2L 4H' },
  { name: 'mode 3: N = 2', script: 'C16 W02 2H 2L 2H 2L' },
  { name: 'mode 3: N = 3', script: 'C16 W03 2H 0H 2L 2H 0H 2L' },
  { name: 'mode 3: GATE low holds with OUT high', script: 'C16 W04 4H 2H 4L 2L 4H 2H G0 2H 2H G1 4H 2H 4L 2L' },
  { name: 'mode 3: GATE low raises OUT at once', script: 'C16 W04 4H 2H 4L G0 =H 4H G1 4H 2H 4L' },
  { name: 'mode 3: a new count waits for the end of the half', script: 'C16 W08 8H 6H W04 4H 2H 4L 2L 4H' },
  { name: 'mode 3: odd to even in the high half', script: 'C16 W05 4H W04 2H 0H 4L 2L 4H 2H 4L' },
  { name: 'mode 3: a trigger takes the new count up early', script: 'C16 W08 8H 6H W04 G0 G1 4H 2H 4L' },
  { name: 'mode 3 as mode 7', script: 'C1E W04 4H 2H 4L 2L 4H' },
  { name: 'mode 4: one low pulse N+1 after the write', script: 'C18 =H W03 3H 2H 1H 0L FFH FEH FDH' },
  { name: 'mode 4: GATE low holds', script: 'C18 G0 W03 3H 3H G1 2H 1H 0L FFH' },
  { name: 'mode 4: GATE has no effect on the strobe', script: 'C18 W02 2H 1H 0L G0 =L 0H 0H' },
  { name: 'mode 4: a new count is loaded by the next pulse', script: 'C18 W03 3H 2H 1H W02 2H 1H 0L FFH' },
  { name: 'mode 4: the first of two bytes does not stop it', script: 'C38 W03 W00 3H 2H W04 1H 0L W00 4H 3H' },
  { name: 'mode 5: a trigger starts the count to the strobe', script: 'C1A =H W03 ?H G0 G1 3H 2H 1H 0L FFH G0 G1 3H' },
  { name: 'mode 5: retriggered', script: 'C1A W03 G0 G1 3H 2H G0 G1 3H 2H 1H 0L FFH FEH' },
  {
    name: 'mode 5: a new count waits for the next trigger',
    script: 'C1A W03 G0 G1 3H W05 2H 1H 0L FFH FEH G0 G1 5H 4H',
  },
  { name: 'BCD mode 0: four decades', script: 'C31 W02 W10 1002L 1001L 1000L 999L 998L' },
  { name: 'BCD mode 0: wraps to 9999', script: 'C31 W01 W00 1L 0H 9999H 9998H' },
  { name: 'BCD mode 0: zero is ten thousand', script: 'C31 W00 W00 0L 9999L x270D:2L 1L 0H' },
  { name: 'BCD mode 2: a period of ten', script: 'C15 W10 10H 9H 8H 7H 6H 5H 4H 3H 2H 1L 10H' },
  { name: 'BCD mode 3: odd', script: 'C17 W11 10H 8H 6H 4H 2H 0H 10L 8L 6L 4L 2L 10H' },
  { name: 'BCD mode 4: MSB only counts from hundreds', script: 'C29 W01 0100H' },
  { name: 'BCD mode 5', script: 'C1B W10 G0 G1 10H 9H x8:1H 0L 99H' },
];

type Counter2 = { driver: PitDriver; access: number; byteMask: number };

function observe(bench: Counter2, word: string, where: string): void {
  const [, count, level] = /^([0-9A-F]+|\?)([LH])$/.exec(word)!;
  if (count !== '?') {
    const seen = bench.driver.count(2, bench.access) & bench.byteMask;
    expect(seen.toString(16).toUpperCase(), `CE ${where}`).toBe(
      (Number.parseInt(count!, 16) & bench.byteMask).toString(16).toUpperCase(),
    );
  }
  expect(bench.driver.out2() ? 'H' : 'L', `OUT ${where}`).toBe(level);
}

function perform(bench: Counter2, word: string, where: string): void {
  const { driver } = bench;
  const number = Number.parseInt(word.slice(1), 16);
  if (word.startsWith('x')) {
    const [pulses, rest] = word.slice(1).split(':');
    driver.clock(Number.parseInt(pulses!, 16));
    observe(bench, rest!, where);
  } else if (word.startsWith('=')) {
    observe(bench, `?${word.slice(1)}`, where);
  } else if (word.startsWith('W')) {
    driver.write(2, number);
  } else if (word.startsWith('G')) {
    driver.gate2(number === 1);
  } else if (/^C[0-9A-F]{2}$/.test(word)) {
    bench.access = (number >> 4) & 3;
    bench.byteMask = [0, 0xff, 0xff00, 0xffff][bench.access]!;
    driver.control(0x80 | number);
  } else {
    driver.clock();
    observe(bench, word, where);
  }
}

/** Plays a timeline on counter 2 of `subject`, from a reset. */
export function playTimeline(subject: UnderTest, timeline: Timeline): void {
  const bench: Counter2 = { driver: new PitDriver(subject), access: 3, byteMask: 0xffff };
  bench.driver.gate2(true);
  timeline.script.split(' ').forEach((word, index) => {
    perform(bench, word, `at word ${index} (${word}) of "${timeline.script}"`);
  });
}
