import { beforeAll, describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { firmwareModule } from '../../helpers/firmware-device';
import { runGuest } from './guest-run';
import { assemble, type Operation } from './programs';

const out = (port: number, value: number): Operation => ({ kind: 'out', port, width: 1, value });
const read = (port: number): Operation => ({ kind: 'in', port, width: 1 });
/** Prints, ticks once, and reads a sector: accesses, hypercalls, events and timers. Few, since every one crosses threads. */
const SMALL: Operation[] = [
  ...[out(0x3fb, 3), out(0x3f8, 0x48), out(0x3f8, 0x69), read(0x3fd)],
  ...[out(0x43, 0x30), out(0x40, 0x00), out(0x40, 0x04), { kind: 'wait' as const }],
  ...[out(0x1f6, 0xe0), out(0x1f2, 1), out(0x1f3, 5), out(0x1f4, 0), out(0x1f5, 0), out(0x1f7, 0x20)],
  ...[{ kind: 'wait' as const }, read(0x1f7)],
  { kind: 'ins', port: 0x1f0, width: 2, count: 256, descending: false, segment: 0x1000 },
  read(0x3f6),
];

describe('a live process', () => {
  let firmware: WebAssembly.Module;
  const image = assemble(SMALL);

  beforeAll(async () => {
    firmware = await firmwareModule();
  });

  it.each(['ioemu+live', 'kvm-user+posted+live'])('(%s) shows the guest exactly what reflection does', (name) => {
    const ways: [there: number, inside: number, back: number][] = [];
    const meter = {
      now: () => process.hrtime.bigint(),
      clock: new URL('../../../experiments/commands/host-clock.mjs', import.meta.url).href,
      measured: (...way: [number, number, number]) => ways.push(way),
    };
    const reflected = runGuest(firmware, image, { placements: allPlaced(placementByName('reflect')!) }).seen;
    expect(reflected.console).toBe('Hi');
    const { seen, machine } = runGuest(firmware, image, { placements: allPlaced(placementByName(name)!), meter });
    machine.platform.close();
    expect(seen).toEqual(reflected);
    expect(ways.length).toBeGreaterThan(10);
    // The clocks of the two threads agree: nobody woke before he was called.
    expect(ways.every((way) => way.every((nanoseconds) => nanoseconds >= 0))).toBe(true);
  });

  it('that traps stops its domain with the engine’s words', () => {
    const { result, machine } = runGuest(
      firmware,
      loadProgram('bench-port-read', 10),
      { placements: allPlaced(placementByName('ioemu+live')!) },
      ({ platform }) => {
        // A UART whose handles point nowhere.
        platform.memory.bytes.fill(0xff, 0x3ff11000, 0x3ff12000);
      },
    );
    machine.platform.close();
    expect(result.outcome).toBe('stopped');
    expect(result.summary).toMatch(/^the firmware trapped: \w/);
  });
});
