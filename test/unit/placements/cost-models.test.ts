import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costModelNames, costOption, parseCostModel, readCostModel, toCostModel } from '../../../experiments/costs';

const COSTS = join(import.meta.dirname, '..', '..', '..', 'experiments', 'costs');
const SHIPPED = ['kvm-2007', 'kvm-2012', 'modern-x86', 'nested-2018', 'svm-2007', 'xen-2007'];
const source = readFileSync(join(COSTS, 'xen-2007.json'), 'utf8');

/** The text of a good model after `change`. */
function changed(change: (figures: Record<string, Record<string, unknown>>) => void): string {
  const model = JSON.parse(source);
  change(model.figures);
  return JSON.stringify(model);
}

describe('cost models', () => {
  it('of the issue are all there', () => {
    expect(costModelNames()).toEqual([...SHIPPED, 'measured-here']);
  });

  it.each(SHIPPED)('%s is complete, under its own name, with a source to each figure', (name) => {
    const model = readCostModel(name);
    expect(model.name).toBe(name);
    expect(Object.keys(model.figures)).toHaveLength(16);
    for (const { source: from } of Object.values(model.figures)) expect(from.length).toBeGreaterThan(4);
  });

  it('xen-2007 adds up to a domain-0 round trip of 2,500 ns (Liguori, xen-devel, 2007-02-22)', () => {
    const { domainSwitch, domain0Schedule, systemCall, hypercall } = costOption('xen-2007');
    expect(2 * domainSwitch + domain0Schedule + 2 * systemCall + 2 * hypercall).toBe(2500);
  });

  it('xen-2007 and svm-2007 take at least 1,000 ns from guest to hypervisor and back', () => {
    for (const name of ['xen-2007', 'svm-2007']) {
      const { vmExit, vmEntry } = costOption(name);
      expect(vmExit + vmEntry).toBeGreaterThanOrEqual(1000);
    }
  });

  it('become what is charged, with single figures replaced for a sensitivity', () => {
    const model = readCostModel('xen-2007');
    const { vmExit } = model.figures;
    expect(toCostModel(model).vmExit).toBe(vmExit.value);
    expect(toCostModel(model, { vmExit: vmExit.high })).toEqual({ ...toCostModel(model), vmExit: vmExit.high });
  });

  it('can be a file of the user', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'selfio-cost-')), 'mine.json');
    writeFileSync(path, source.replace('"xen-2007"', '"mine"'));
    expect(costOption(path)).toEqual({ ...costOption('xen-2007'), name: 'mine' });
  });
});

describe('a cost model that is wrong', () => {
  it.each([
    ['a missing figure', changed((figures) => delete figures.vmExit), "figure 'vmExit' is missing"],
    ['a negative figure', changed((figures) => (figures.vmExit!.value = -1)), "figure 'vmExit' has 'value' -1"],
    ['a fraction', changed((figures) => (figures.vmExit!.low = 0.5)), "needs a whole number as 'low', not 0.5"],
    ['text for a number', changed((figures) => (figures.vmExit!.high = '9')), 'needs a whole number'],
    ['a value outside its range', changed((figures) => (figures.vmExit!.low = 900)), 'outside its range'],
    ['instructions that take no time', changed((figures) => (figures.instruction!.low = 0)), 'the least is 1'],
    ['another unit', changed((figures) => (figures.instruction!.unit = 'ns')), 'is in ps, not "ns"'],
    ['no source', changed((figures) => delete figures.diskByte!.source), 'needs a source'],
    ['an unknown confidence', changed((figures) => (figures.diskByte!.confidence = 'sure')), 'needs a confidence'],
    ['an unknown figure', changed((figures) => (figures.vmexit = {})), "unknown figure 'vmexit'"],
    ['no figures', '{"name": "x"}', "'figures' is missing"],
    ['no name', '{}', "'name' must be a string"],
    ['null', 'null', "'name' must be a string"],
    ['no JSON', '{', 'not JSON'],
  ])('is refused in one line: %s', (_, text, message) => {
    expect(() => parseCostModel('test', text)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(/^cost model test: [^\n]+$/) }),
    );
    expect(() => parseCostModel('test', text)).toThrow(message);
  });

  it('is refused when there is none of that name, or no such file', () => {
    expect(() => readCostModel('xen-2008')).toThrow('--cost xen-2008: unknown cost model; use free, kvm-2007');
    expect(existsSync('nowhere.json')).toBe(false);
    expect(() => readCostModel('nowhere.json')).toThrow(
      '--cost nowhere.json: nowhere.json cannot be read; check the path',
    );
  });
});
