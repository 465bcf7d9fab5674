import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { difference, pattern, RomCardDriver, WINDOW_BYTES } from '../../conformance/rom-card/rom-card-driver';
import { firmwareModule } from '../../helpers/firmware-device';

const RUNS = 60;
const LONGEST = 5 * WINDOW_BYTES;

/** Sizes of items: around the edges of sectors and windows, and any. */
const size = fc.oneof(
  fc.constantFrom(0, 1, 511, 512, 513, WINDOW_BYTES - 1, WINDOW_BYTES, WINDOW_BYTES + 1, 2 * WINDOW_BYTES),
  fc.nat(LONGEST),
);
const KEYS = [0x11, 0x12, 0x20];
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ choose: fc.constantFrom(...KEYS, ...KEYS, 0x7f) }) },
  { weight: 4, arbitrary: fc.record({ show: fc.nat(2 * WINDOW_BYTES) }) },
  { weight: 1, arbitrary: fc.record({ show: fc.integer({ min: 0, max: 0xffff_ffff }) }) },
);

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await firmwareModule();
});

it('the window shows the chosen item from where it stands, byte for byte', () => {
  const program = fc.record({
    sizes: fc.array(size, { minLength: KEYS.length, maxLength: KEYS.length }),
    operations: fc.array(operation, { minLength: 4, maxLength: 16 }),
  });
  let shown = 0;
  fc.assert(
    fc.property(program, ({ sizes, operations }) => {
      const items = sizes.map((bytes, index) => ({
        key: KEYS[index]!,
        name: index < 2 ? '' : `opt/${index}`,
        data: pattern(bytes, index + 1),
      }));
      const driver = new RomCardDriver(firmware, items).open();
      let chosen = new Uint8Array(0);
      let window = new Uint8Array(WINDOW_BYTES);
      for (const step of operations) {
        if ('choose' in step) {
          chosen = new Uint8Array(items.find(({ key }) => key === step.choose)?.data ?? []);
          expect(driver.choose(step.choose)).toBe(chosen.length);
        } else {
          const from = Math.floor(step.show / WINDOW_BYTES) * WINDOW_BYTES;
          window = new Uint8Array(WINDOW_BYTES);
          window.set(chosen.subarray(from, from + WINDOW_BYTES));
          if (from < chosen.length) shown++;
          expect(driver.show(step.show)).toBe(0);
        }
        expect(difference(driver.window(), window)).toBe(-1);
      }
    }),
    { numRuns: RUNS, seed: 2008 },
  );
  expect(shown).toBeGreaterThan(RUNS);
});
