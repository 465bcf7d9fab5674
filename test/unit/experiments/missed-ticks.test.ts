import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmware } from '../../../experiments/firmware';
import { runStalled } from '../../../experiments/workloads/stalled-guest';
import type { MissedTicks } from '../../../hypervisor/interrupt/missed-ticks';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';

const LASTS = 7.4e6;

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

function stalled(placement: string, policy: MissedTicks) {
  const stall = { milliseconds: 30, begins: 10.3e6, lasts: LASTS };
  const run = runStalled(firmware, placement, FREE_TRANSITIONS, policy, stall, undefined);
  const gaps = run.ticks.slice(1).map((tick, index) => tick - run.ticks[index]!);
  return { ...run, gaps };
}

/** Nanoseconds between ticks: 1,193 clocks of 1.193182 MHz, and what the guest takes to answer. */
const onTime = (gap: number) => gap > 990_000 && gap < 1_010_000;

describe.each(['inkernel', 'ioemu'])('ticks of a guest that is not scheduled for 7.4 ms, %s', (placement) => {
  it('collapse into a late one, which the 8259A does by itself', () => {
    const { due, ticks, gaps } = stalled(placement, 'one pending');
    expect(due - ticks.length).toBe(6);
    expect(gaps.filter((gap) => gap > LASTS)).toHaveLength(1);
    expect(gaps.filter((gap) => gap < 700_000)).toHaveLength(1);
  });

  it('are forgotten: those that come are all on time', () => {
    const { due, ticks, gaps } = stalled(placement, 'none pending');
    expect(due - ticks.length).toBe(7);
    const late = gaps.filter((gap) => !onTime(gap));
    expect(late).toHaveLength(1);
    expect(Math.abs(late[0]! / 8 - gaps[0]!)).toBeLessThan(10_000);
  });

  it('are all delivered at once, while the clock goes on', () => {
    const { due, ticks, gaps, clockError } = stalled(placement, 'no delay');
    expect(ticks).toHaveLength(due);
    expect(gaps.filter((gap) => gap < 100_000)).toHaveLength(6);
    expect(gaps.filter((gap) => gap > LASTS)).toHaveLength(1);
    expect(clockError).toBe(0);
  });

  it('are all delivered, each when the clock shows its time, until that has caught up', () => {
    const { due, ticks, gaps, clockError } = stalled(placement, 'delay');
    expect(ticks).toHaveLength(due);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    // The last of them is as late as it is: from there on the clock is right again.
    expect(gaps.filter((gap) => !onTime(gap))).toHaveLength(2);
    expect(Math.max(...gaps)).toBeLessThan(2_000_000);
    expect(clockError).toBe(0);
  });
});

describe('ticks of a guest whose own firmware makes them', () => {
  it.each(['one pending', 'no delay', 'delay'] as const)(
    'are lost but for one: the firmware was not scheduled either, %s',
    (policy) => {
      const { due, ticks } = stalled('reflect', policy);
      expect(due - ticks.length).toBe(6);
    },
  );
});
