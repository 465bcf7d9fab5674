import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCostModel } from '../../../experiments/costs';
import type { Findings } from '../../../experiments/experiments/experiment';
import { kernelLoad } from '../../../experiments/experiments/kernel-load';
import { loadFirmware } from '../../../experiments/firmware';
import { summarize } from '../../../experiments/summary';
import { LOAD_METHODS } from '../../../experiments/workloads/kernel-load';
import { demandOfUnit, makeMachine } from '../../../experiments/workloads/run';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

const MIB = 2 ** 20;
/** Exits for one byte: at least and at most. */
const EXITS: Readonly<Record<string, readonly [number, number]>> = {
  'rep insb, element': [1, 1],
  'rep insd, element': [1 / 4, 1 / 4],
  'rep insb, 1024 bytes': [1 / 1024, 1.02 / 1024],
  'rep insb, page': [1 / 4096, 1.1 / 4096],
  'rep insb, unlimited': [0.5 / MIB, 2 / MIB],
  'fw_cfg DMA': [0, 0],
  // The window is moved, and the status read.
  'ROM card, 64 KiB window': [2 / 0x10000, 2 / 0x10000],
  'disk, READ SECTORS': [1 / 512, 6 / 512],
  'disk, bus-master DMA': [1 / MIB, 20 / (MIB / 8)],
  'hidden PV disk': [0, 2 / (MIB / 8)],
};

it.each(LOAD_METHODS)(
  '$name moves what it is told, in batches of its size',
  ({ name, limit, unit, workload, placement }) => {
    const demand = demandOfUnit(unit, (bytes) => {
      const { image, changes } = workload(bytes);
      const machine = makeMachine(firmware, image, placement ?? 'reflect', FREE_TRANSITIONS, changes);
      machine.vcpu.stringLimit = limit;
      expect(machine.run(60e9).outcome).toBe('halted');
      return summarize(machine);
    });
    const [least, most] = EXITS[name]!;
    expect(demand.counters['vm exits']).toBeGreaterThanOrEqual(least);
    expect(demand.counters['vm exits']).toBeLessThanOrEqual(most);
    // A nanosecond a byte is what the disk of this model takes: whatever the way, all bytes came from there.
    expect(demand.elapsed).toBeGreaterThanOrEqual(1);
  },
);

describe('docs/experiments/kernel-load.md says what a run gives', () => {
  const page = readFileSync(new URL('../../../docs/experiments/kernel-load.md', import.meta.url), 'utf8');
  let findings: Findings;
  beforeAll(async () => {
    const models = ['kvm-2012', 'modern-x86'].map(readCostModel);
    findings = await kernelLoad.run({ firmware, models, seed: 1, timeline: () => undefined, progress: () => {} });
  }, 100_000);

  /** Milliseconds of a megabyte under kvm-2012, or under the other model. */
  function milliseconds(way: string, placement: string, table = 1): number {
    const { columns, rows } = findings.tables[table]!;
    return rows.find((row) => row[0] === way && row[1] === placement)![columns.indexOf('ms')] as number;
  }

  it.each([
    ['kernel, 195 kB', 0.195],
    ['6.5 MB', 6.5],
    ['initrd, 100 MB', 100],
    ['modules, 120 MB', 120],
  ])('in its table: %s', (load, megabytes) => {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(load))!;
    const said = row.split('|').slice(3, 7).map(Number.parseFloat);
    const ways = [
      ['rep insb, 1024 bytes', 'kvm-user'],
      ['rep insb, page', 'reflect'],
      ['rep insb, unlimited', 'reflect'],
      ['fw_cfg DMA', 'reflect'],
    ] as const;
    ways.forEach(([way, placement], column) => {
      const seconds = (milliseconds(way, placement) * megabytes) / 1000;
      expect(Math.abs(said[column]! / seconds - 1), way).toBeLessThan(0.2);
    });
  });

  it.each(['fw_cfg DMA', 'hidden PV disk', 'disk, bus-master DMA', 'ROM card, 64 KiB window'])(
    'in its table of alternatives: %s',
    (way) => {
      const line = page.split('\n').find((text) => text.startsWith(`| ${way} |`))!;
      const [placement, exits, time] = line.split('|').slice(3, 6);
      const { columns, rows } = findings.tables[1]!;
      const row = rows.find((cells) => cells[0] === way && cells[1] === placement!.trim())!;
      expect(Number(exits)).toBe(Math.round(row[columns.indexOf('exits')] as number));
      expect(Number(time) / milliseconds(way, placement!.trim())).toBeCloseTo(1, 2);
    },
  );

  it('in its words about the card', () => {
    const { columns, rows } = findings.tables[1]!;
    const row = rows.find((cells) => cells[0] === 'ROM card, 64 KiB window' && cells[1] === 'reflect')!;
    expect(row[columns.indexOf('domain0 us')]).toBeCloseTo(160, -1);
    expect(row[columns.indexOf('guest us')]).toBeCloseTo(125, 0);
    expect(page).toMatch(/copies into the window \(0.16 ms for a megabyte\) and the guest out of it \(0.125 ms/);
  });

  it('in its words', () => {
    expect(page).toContain('some 298 ns for each byte');
    expect(findings.statements[0]).toContain('298 ns a byte');
    expect(findings.statements[1]).toMatch(/misses the 0.1 s\) in pages, .*meets the 0.1 s\) without limit/);
    expect(findings.statements[4]).toMatch(/meets the 0.1 s\) in pages/);
    const ratio = (one: [string, string], other: [string, string]) => milliseconds(...one) / milliseconds(...other);
    const insb = 'rep insb, unlimited';
    expect(ratio([insb, 'reflect'], ['fw_cfg DMA', 'reflect'])).toBeCloseTo(6, 0);
    const places = ['reflect', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
    const spread = (way: string) => {
      const times = places.map((placement) => milliseconds(way, placement));
      return Math.max(...times) / Math.min(...times);
    };
    expect(spread(insb)).toBeLessThan(1.01);
    expect(spread('rep insb, element')).toBeCloseTo(12, 0);
    for (const placement of places) {
      const dma = ratio(['disk, bus-master DMA', placement], ['fw_cfg DMA', placement]);
      expect(dma).toBeGreaterThan(1.9);
      expect(dma).toBeLessThan(8.5);
      expect(ratio(['disk, READ SECTORS', placement], ['rep insb, 1024 bytes', placement])).toBeGreaterThan(1);
    }
    expect(ratio(['hidden PV disk', 'pv'], ['fw_cfg DMA', 'reflect'])).toBeLessThan(1.4);
  });
});
