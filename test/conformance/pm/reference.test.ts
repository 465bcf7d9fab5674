import { describe, expect, it } from 'vitest';
import { pmReference } from '../../helpers/device-program/benches';
import { PM_CASES } from './cases';

describe('reference power management: what [ACPI] says', () => {
  it.each(PM_CASES)('$name', ({ run }) => {
    const pm = pmReference();
    pm.reset();
    run(pm);
  });

  it('the power button asks for an SCI', () => {
    const pm = pmReference();
    pm.reset();
    pm.write(0x604, 2, 1);
    pm.write(0x602, 2, 0x0100);
    pm.device.pressPowerButton();
    expect(pm.read(0x600, 2) & 0x0100).toBe(0x0100);
    expect(pm.interrupt()).toBe(3);
  });

  it('the timer has not drifted after 10^12 ticks', () => {
    const pm = pmReference();
    pm.reset();
    const start = pm.read(0x608, 4);
    const seconds = Math.ceil(1e12 / 3_579_545);
    pm.advance(seconds * 1e9);
    expect((pm.read(0x608, 4) - start + 2 ** 24) % 2 ** 24).toBe((seconds * 3_579_545) % 2 ** 24);
  });
});
