import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['hypervisor', 'firmware-emu', 'guest', 'pv-drivers', 'test', 'experiments'];
const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');

async function violations(baseDir: string, folders: string[]): Promise<{ found: string[]; modules: number }> {
  const { tsConfig, ...options } = rules.options;
  const result = await cruise(folders, {
    ...options,
    baseDir,
    ruleSet: { forbidden: rules.forbidden },
    validate: true,
  });
  const { summary } = result.output as ICruiseResult;
  return {
    found: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
    modules: summary.totalCruised,
  };
}

/** Lay out a small project with one import in it, and see what the rules say. */
async function plant(from: string, to: string): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'selfio-boundaries-'));
  try {
    for (const file of [from, to]) mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, to), 'export const thing = 1;\n');
    const up = '../'.repeat(from.split('/').length - 1);
    writeFileSync(
      join(root, from),
      `import { thing } from '${up}${to.replace(/\.ts$/, '')}';\nexport const other = thing;\n`,
    );
    const folders = FOLDERS.filter((folder) => from.startsWith(folder) || to.startsWith(folder));
    return (await violations(root, folders)).found;
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('boundaries between folders', () => {
  it('reject a cycle that leaves its folder', async () => {
    const root = mkdtempSync(join(tmpdir(), 'selfio-boundaries-'));
    try {
      for (const folder of ['hypervisor/time', 'hypervisor/trap']) mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, 'hypervisor/time/a.ts'), `import { b } from '../trap/b';\nexport const a = () => b;\n`);
      writeFileSync(join(root, 'hypervisor/trap/b.ts'), `import { a } from '../time/a';\nexport const b = () => a;\n`);
      const { found } = await violations(root, ['hypervisor']);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every((line) => line.startsWith('no-cycles'))).toBe(true);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('hold in the whole project', async () => {
    const { found, modules } = await violations(ROOT, FOLDERS);
    expect(modules).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  it.each([
    ['hypervisor/abi/layout.ts', 'hypervisor/time/clock.ts', 'abi-is-a-leaf'],
    ['hypervisor/trap/intercept-map.ts', 'pv-drivers/backend/block.ts', 'hypervisor'],
    ['hypervisor/platform.ts', 'guest/cpu/index.ts', 'hypervisor'],
    ['firmware-emu/devices/uart/uart.ts', 'firmware-emu/devices/pit/pit.ts', 'device-models'],
    ['firmware-emu/devices/uart/uart.ts', 'pv-drivers/frontend/console.ts', 'device-models'],
    ['firmware-emu/wiring/ide.ts', 'pv-drivers/backend/block.ts', 'firmware'],
    ['pv-drivers/frontend/block.ts', 'pv-drivers/backend/block.ts', 'pv-frontend'],
    ['pv-drivers/backend/block.ts', 'pv-drivers/frontend/block.ts', 'pv-backend'],
    ['guest/cpu/interpreter.ts', 'hypervisor/platform.ts', 'guest'],
    ['test/reference/ide/drive.ts', 'firmware-emu/devices/ide/drive.ts', 'reference'],
    ['experiments/disk.ts', 'test/helpers/table.ts', 'experiments'],
    ['experiments/emulators/index.ts', 'test/reference/machine.ts', 'experiments'],
    ['experiments/emulators/reference.ts', 'test/helpers/table.ts', 'emulator-host'],
  ])('reject an import of %s that reaches for %s', async (from, to, rule) => {
    expect(await plant(from, to)).toEqual([`${rule}: ${from} -> ${to}`]);
  });
});
