import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as benches from '../../helpers/device-program/benches';
import type { UnderTest, Width } from '../../helpers/device-program/steps';
import { programParameters } from '../../helpers/replay';

/** Each reference device with the addresses that it decodes, and some around them. */
const DEVICES: readonly { name: string; first: number; count: number; create: () => UnderTest }[] = [
  { name: '8254', first: 0x40, count: 0x24, create: benches.pitReference },
  { name: '16550A', first: 0x3f6, count: 12, create: () => benches.uartReference({ timing: 'timed' }) },
  { name: 'MC146818', first: 0x70, count: 3, create: benches.rtcReference },
  { name: '8259A pair', first: 0x20, count: 3, create: benches.picReference },
  { name: '8259A slave', first: 0xa0, count: 3, create: benches.picReference },
  { name: 'edge/level control', first: 0x4d0, count: 3, create: benches.picReference },
  { name: 'HPET', first: 0xfed0_0000, count: 0x180, create: benches.hpetReference },
  { name: 'power management', first: 0x600, count: 14, create: benches.pmReference },
  { name: 'keyboard controller', first: 0x60, count: 5, create: benches.keyboardReference },
  { name: 'fw_cfg', first: 0x510, count: 12, create: () => benches.fwCfgReference([]) },
];

const access = fc.record({
  write: fc.boolean(),
  offset: fc.nat(),
  width: fc.constantFrom<Width>(1, 2, 4),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 0xffff_ffff })),
  pause: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 2_000_000_000 })),
});

describe('any access of any width at any time is answered', () => {
  it.each(DEVICES)('$name', ({ create, first, count }) => {
    const device = create();
    fc.assert(
      fc.property(fc.array(access, { minLength: 50, maxLength: 200 }), (accesses) => {
        device.reset();
        for (const { write, offset, width, value, pause } of accesses) {
          const address = first + (offset % count);
          const limit = 2 ** (8 * width);
          if (write) {
            device.write(address, width, value % limit);
          } else {
            const seen = device.read(address, width);
            expect(Number.isInteger(seen) && seen >= 0 && seen < limit, `${address.toString(16)}h gave ${seen}`).toBe(
              true,
            );
          }
          device.advance(pause);
        }
      }),
      programParameters(100),
    );
  });
});
