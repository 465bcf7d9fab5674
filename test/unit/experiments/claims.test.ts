import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCostModel } from '../../../experiments/costs';
import { EXPERIMENTS } from '../../../experiments/experiments';
import type { Findings, Table } from '../../../experiments/experiments/experiment';
import { NOT_COUNTED, PARTS } from '../../../experiments/experiments/trusted-code';
import { loadFirmware } from '../../../experiments/firmware';

/** What the discussion pages say, held against a run: a page whose claim no longer follows from the numbers fails here. */

const SEED = 1;

async function findings(name: string): Promise<Findings> {
  const experiment = EXPERIMENTS.find((candidate) => candidate.name === name)!;
  const models = experiment.models.map(readCostModel);
  const firmware = await loadFirmware();
  return experiment.run({ firmware, models, seed: SEED, timeline: () => undefined, progress: () => {} });
}

const page = (name: string) =>
  readFileSync(new URL(`../../../docs/experiments/${name}.md`, import.meta.url), 'utf8').replace(/\s+/g, ' ');

/** The number in `column` of the one row that begins with `cells`. */
function number({ columns, rows }: Table, column: string, ...cells: (string | number)[]): number {
  const found = rows.filter((row) => cells.every((cell, index) => row[index] === cell));
  expect(found, cells.join(', ')).toHaveLength(1);
  const value = found[0]![columns.indexOf(column)];
  expect(typeof value).toBe('number');
  return value as number;
}

describe('cost-of-a-trap', () => {
  let reads: Table;
  beforeAll(async () => {
    reads = (await findings('cost-of-a-trap')).tables[0]!;
  });
  const ns = (model: string, placement: string) => number(reads, model, placement);
  const models = ['xen-2007', 'kvm-2007', 'svm-2007', 'kvm-2012', 'nested-2018', 'modern-x86'];

  it('has reflection win against the process in domain 0 under every model', () => {
    for (const model of models) expect(ns(model, 'reflect')).toBeLessThan(ns(model, 'ioemu'));
  });

  it('has the stub domain ahead under xen-2007, but not when paging stays on', () => {
    expect(ns('xen-2007', 'stubdom')).toBeLessThan(ns('xen-2007', 'reflect'));
    expect(ns('xen-2007', 'reflect+paged')).toBeLessThan(ns('xen-2007', 'stubdom'));
  });

  it('has a user process ahead of full reflection under every model but the nested one', () => {
    const ahead = models.filter((model) => ns(model, 'kvm-user') < ns(model, 'reflect'));
    expect(ahead).toEqual(models.filter((model) => model !== 'nested-2018'));
    const still = models.filter((model) => ns(model, 'kvm-user') < ns(model, 'reflect+lazy+paged'));
    expect(still).toEqual(['modern-x86']);
  });

  it('is at least two round trips', () => {
    for (const model of models) {
      const { vmExit, vmEntry } = readCostModel(model).figures;
      expect(ns(model, 'reflect+lazy+paged')).toBeGreaterThan(2 * (vmExit.value + vmEntry.value));
    }
  });
});

describe('disk', () => {
  let tables: readonly Table[];
  beforeAll(async () => {
    ({ tables } = await findings('disk'));
  });
  const busy = (model: string, placement: string) => number(tables[0]!, model, 'bus-master DMA', 64, 1, placement);

  it('has the disk of 2012 as busy as the page says', () => {
    const [, behindUser, behindDomain0] = /busy (\d+)% of the time behind `kvm-user`.*?domain 0 \((\d+)%\)/.exec(
      page('disk'),
    )!;
    expect(Number(behindUser)).toBe(Math.round(busy('kvm-2012', 'kvm-user')));
    expect(Number(behindDomain0)).toBe(Math.round(busy('kvm-2012', 'ioemu')));
  });

  it('loses a fifth to nearly two thirds of a present-day disk on the way', () => {
    expect(100 - busy('modern-x86', 'inkernel')).toBeGreaterThan(17);
    expect(100 - busy('modern-x86', 'inkernel')).toBeLessThan(23);
    expect(100 - busy('modern-x86', 'ioemu')).toBeGreaterThan(58);
    expect(100 - busy('modern-x86', 'ioemu')).toBeLessThan(66);
  });

  it('takes 17 exits for a command by DMA, of any size', () => {
    for (const size of [4, 64]) {
      const perMib = number(tables[1]!, 'exits per MiB', 'bus-master DMA', size, 1, 'reflect');
      expect((perMib * size) / 1024).toBe(17);
    }
  });

  it('has the ring full with its second request, and ahead of registers with its first', () => {
    const speed = (...cells: (string | number)[]) => number(tables[1]!, 'MiB/s', ...cells);
    expect(speed('block ring', 4, 2, 'pv')).toBe(speed('block ring', 4, 16, 'pv'));
    expect(speed('block ring', 4, 2, 'pv') / speed('block ring', 4, 1, 'pv')).toBeCloseTo(1.2, 1);
    expect(speed('block ring', 4, 1, 'pv') / speed('bus-master DMA', 4, 1, 'reflect')).toBeCloseTo(1.8, 1);
  });
});

describe('timer-tick', () => {
  let tables: readonly Table[];
  beforeAll(async () => {
    ({ tables } = await findings('timer-tick'));
  });
  const work = (source: string, placement: string) => number(tables[0]!, 'all ns', source, placement);

  it('has the one-shot timer below every emulated one, and a periodic tick dearer by reflection than in a stub domain', () => {
    const emulated = tables[0]!.rows.filter(([source]) => source !== 'one-shot in ns').map((row) => Number(row.at(-1)));
    expect(work('one-shot in ns', 'pv')).toBeLessThan(Math.min(...emulated));
    expect(work('PIT, periodic', 'stubdom')).toBeLessThan(work('PIT, periodic', 'reflect'));
  });

  it('has policies for missed ticks work everywhere but under reflection', () => {
    const taken = (policy: string, placement: string) => number(tables[1]!, 'ticks taken', policy, placement);
    const due = (placement: string) => number(tables[1]!, 'ticks due', 'delay', placement);
    for (const policy of ['no delay', 'delay']) {
      expect(taken(policy, 'inkernel')).toBe(due('inkernel'));
      expect(taken(policy, 'reflect')).toBe(taken('one pending', 'reflect'));
    }
    expect(taken('none pending', 'ioemu')).toBe(taken('one pending', 'ioemu') - 1);
  });
});

describe('dom0-bottleneck', () => {
  it('fills domain 0 between a hundred and three hundred guests with device models in it, at a thousand without', async () => {
    const [demands, latencies] = (await findings('dom0-bottleneck')).tables;
    const load = (placement: string, guests: number) =>
      number(latencies!, 'domain 0 busy %', placement, guests, 'no', 'disk');
    expect(load('ioemu', 100)).toBeLessThan(60);
    expect(load('ioemu', 300)).toBeGreaterThan(99);
    expect(load('reflect', 300)).toBeLessThan(60);
    expect(load('reflect', 1000)).toBeGreaterThan(90);
    const disk = (placement: string) => number(demands!, 'domain 0', placement, 'disk');
    expect(Math.round(disk('ioemu') / disk('reflect'))).toBe(17);
  });
});

describe('trusted-code', () => {
  it('counts every file of hypervisor, firmware and PV drivers once, or says that it does not', () => {
    const root = new URL('../../../', import.meta.url);
    const files = ['hypervisor', 'firmware-emu', 'pv-drivers'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => `${folder}/${name}`),
    );
    expect(files.length).toBeGreaterThan(100);
    const named: string[] = [...Object.values(PARTS).flat(), ...NOT_COUNTED];
    const owners = (file: string) => named.filter((path) => file === path || file.startsWith(`${path}/`));
    expect(files.filter((file) => owners(file).length !== 1)).toEqual([]);
    expect(named.filter((path) => !files.some((file) => owners(file).includes(path)))).toEqual([]);
  });

  it('leaves less than half of what guests share under ioemu, by reflection and in a stub domain alike', async () => {
    const places = (await findings('trusted-code')).tables[1]!;
    const shared = (placement: string) => number(places, 'shared by all guests', placement);
    expect(shared('reflect')).toBeLessThan(shared('ioemu') / 2);
    expect(shared('stubdom')).toBeLessThan(shared('ioemu') / 2);
    expect(number(places, 'other process or domain', 'reflect')).toBe(0);
  });
});
