import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineConfig } from '../../../hypervisor/config';
import { Platform } from '../../../hypervisor/platform';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { firmwareModule } from '../../helpers/firmware-device';
import { programParameters } from '../../helpers/replay';

const REGION = 0x3ff00000;
/** Start info, shared info, frames, grants, device state, front-end state, rings: where a scribble can do harm. */
const PAGES = [0, 1, 2, 8, ...range(0x10, 0x1e), ...range(0x30, 0x39), ...range(0x40, 0x4c)];
const RAM = 0x100000;
const PORTS = [
  0x1f0, 0x1f1, 0x1f2, 0x1f6, 0x1f7, 0x3f6, 0x3f8, 0x3f9, 0x3fa, 0x3fd, 0x40, 0x43, 0x61, 0x70, 0x71, 0x510, 0x511,
];

type Deed =
  | { kind: 'scribble'; offset: number; word: number; count: number }
  | { kind: 'in'; port: number; width: 1 | 2 | 4 }
  | { kind: 'out'; port: number; width: 1 | 2 | 4; value: number }
  | { kind: 'advance'; ns: number };

const width = fc.constantFrom<1 | 2 | 4>(1, 2, 4);
const port = fc.constantFrom(...PORTS);
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constant('scribble' as const),
    offset: fc.tuple(fc.constantFrom(...PAGES), fc.nat(64)).map(([page, index]) => page * 4096 + index * 4),
    word: fc.oneof(fc.constantFrom(0, 0xffffffff, REGION, 0x3fffffff), fc.integer({ min: 0, max: 0xffffffff })),
    count: fc.integer({ min: 1, max: 64 }),
  }),
  fc.record({ kind: fc.constant('in' as const), port, width }),
  fc.record({ kind: fc.constant('out' as const), port, width, value: fc.nat() }),
  fc.record({ kind: fc.constant('advance' as const), ns: fc.integer({ min: 0, max: 5_000_000 }) }),
);

describe('a guest that scribbles over its own firmware', () => {
  it('can stop its domain, but neither throws nor hangs the hypervisor, and a stop says what happened', async () => {
    const firmware = await firmwareModule();
    let spare: Platform | undefined;
    let stopped = 0;
    fc.assert(
      fc.property(fc.array(deeds, { minLength: 20, maxLength: 120 }), (program) => {
        const disk = new MemoryDisk(new Uint8Array(64 * 512));
        const platform = new Platform(
          machineConfig(firmware, new Uint8Array(0x10000), { ramBytes: RAM, drives: [{ disk, cdrom: false }] }),
          spare,
        );
        spare = platform;
        for (const deed of program) perform(platform, deed);
        if (!platform.stop) return;
        stopped++;
        expect(platform.stop.report.join()).toMatch(
          platform.stop.kind === 'failed' ? /frame at .*last happenings/ : /^$/,
        );
      }),
      programParameters(200),
    );
    expect(stopped).toBeGreaterThan(0);
  });
});

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

function perform(platform: Platform, deed: Deed): void {
  if (platform.stop) return;
  switch (deed.kind) {
    case 'scribble':
      platform.memory.words.fill(deed.word, (REGION + deed.offset) / 4, (REGION + deed.offset) / 4 + deed.count);
      break;
    case 'in':
      platform.read(0, deed.port, deed.width);
      break;
    case 'out':
      platform.write(0, deed.port, deed.width, deed.value);
      break;
    case 'advance':
      platform.advance(deed.ns);
  }
}
