/** Single step on a real processor: cases of the other groups with TF set, which then end in #DB behind one instruction or iteration. */
import { ARITHMETIC_FLAGS, Flag, type TestCase } from '../case';
import type { Random } from '../random';
import { arithmetic } from './arithmetic';
import { branches } from './branches';
import { limits, segments } from './segments';
import { stack } from './stack';
import { strings } from './strings';
import { system } from './system';

/** A load of SS defers the trap behind the next instruction, and POPF and IRET choose TF themselves. */
const LEFT_OUT = /SS|POPF|IRET|INT|ICEBP/;

/** Between iterations a processor may still have the flags from before the instruction ([SDM] vol. 2, REP, on faults). */
const COMPARES = /REP.* (CMPS|SCAS)/;

export function stepping(random: Random): TestCase[] {
  const sources = [strings, strings, stack, branches, segments, limits, system, arithmetic];
  return sources.flatMap((generate) => {
    const cases = generate(random).filter((test) => !LEFT_OUT.test(test.name));
    return Array.from({ length: 350 }, () => {
      const test = random.pick(cases);
      if (COMPARES.test(test.name)) test.undefined.flags |= ARITHMETIC_FLAGS;
      return { ...test, eflags: test.eflags | Flag.TF | (random.chance(4) ? Flag.RF : 0) };
    });
  });
}
