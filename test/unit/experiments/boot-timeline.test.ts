import { beforeAll, describe, expect, it } from 'vitest';
import { readCostModel, toCostModel } from '../../../experiments/costs';
import { loadFirmware } from '../../../experiments/firmware';
import { BootRecorder } from '../../../experiments/workloads/boot-recorder';
import { builtInBoot, runBoot } from '../../../experiments/workloads/boots';

const DEVICE_IDE = 2;
const DEVICE_PIT = 3;
const CHANNEL_PROBE = 1;

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

const boot = (placement: string) =>
  runBoot(firmware, builtInBoot(), placement, toCostModel(readCostModel('modern-x86')), undefined);

describe('the built-in boot', () => {
  it('gives its probes in order, each after the line that belongs to it', () => {
    const said = boot('reflect').marks.map(({ text }) => text);
    const probes = said.filter((text) => text.startsWith('probe'));
    expect(probes).toEqual([1001, 1002, 1003, 1004, 2001, 2002, 2003].map((probe) => `probe ${probe}`));
    expect(said.indexOf('kernel copied')).toBe(said.indexOf('probe 2001') - 1);
    expect(said.indexOf('ata0-0 identified')).toBe(said.indexOf('probe 1003') - 1);
  });

  it.each(['reflect', 'inkernel'])(
    'never sleeps: what is charged in a phase is the time that it takes, %s',
    (placement) => {
      for (const { elapsed, charged } of boot(placement).phases()) {
        const [guest, firmware, hypervisor] = charged;
        expect(guest! + firmware! + hypervisor!).toBe(elapsed);
      }
    },
  );

  it('shows the placement where the disk is read, as the discussion says', () => {
    const kernel = (placement: string) => boot(placement).phases()[3]!.elapsed;
    const [reflect, inkernel, ioemu] = ['reflect', 'inkernel', 'ioemu'].map(kernel);
    expect(reflect! / inkernel!).toBeGreaterThan(1.9);
    expect(reflect! / inkernel!).toBeLessThan(2.6);
    expect(ioemu! / reflect!).toBeGreaterThan(3.4);
    expect(ioemu! / reflect!).toBeLessThan(4.6);
    expect(boot('reflect').phases()[4]!.elapsed).toBeLessThan(reflect!);
  });

  it('waits for the timer as long everywhere, with more exits the less they cost', () => {
    const [reflect, inkernel] = ['reflect', 'inkernel'].map((placement) => boot(placement).phases()[0]!);
    expect(reflect!.elapsed / inkernel!.elapsed).toBeLessThan(1.2);
    expect(inkernel!.exits[DEVICE_PIT]).toBeGreaterThan(2 * reflect!.exits[DEVICE_PIT]!);
  });

  it('copies the kernel by the sector and the RAM disk by sixteen', () => {
    const phases = Object.fromEntries(
      boot('reflect')
        .phases()
        .map((phase) => [phase.name, phase]),
    );
    // For each DRQ block: REP INSW in one exit or more, and at least one look at the alternate status and one at the status.
    expect(phases.kernel!.exits[DEVICE_IDE]).toBeGreaterThan(256 * 3);
    expect(phases['RAM disk']!.exits[DEVICE_IDE]).toBeGreaterThan(64 * 3);
    expect(phases['RAM disk']!.exits[DEVICE_IDE]).toBeLessThan(phases.kernel!.exits[DEVICE_IDE]!);
  });
});

describe('the recorder', () => {
  it('waits for its signs one after another, in text over both lines and in probes', () => {
    const recorder = new BootRecorder(['first', 'second'], [{ text: 'one' }, { probe: 7 }, { text: 'two' }]);
    const counters = { get: () => 0 };
    const clock = { now: 10, charged: new Float64Array(5) };
    recorder.machine = { platform: { clock, counters } } as never;
    const say = (text: string, line: 'debug' | 'serial') => {
      for (const character of text) {
        const code = character.charCodeAt(0);
        if (line === 'serial') recorder.serial(code);
        else recorder.debug(0, code);
      }
    };
    say('two\n', 'serial');
    say('one\n', 'debug');
    clock.now = 15;
    recorder.debug(CHANNEL_PROBE, 8);
    recorder.debug(CHANNEL_PROBE, 7);
    expect(recorder.over).toBe(false);
    expect(() => recorder.phases()).toThrow('did not come to phase');
    clock.now = 40;
    say('tw', 'serial');
    expect(recorder.over).toBe(false);
    say('o', 'serial');
    expect(recorder.over).toBe(true);
    expect(recorder.phases().map(({ name, elapsed }) => [name, elapsed])).toEqual([
      ['first', 5],
      ['second', 25],
    ]);
    expect(recorder.marks.map(({ text }) => text)).toEqual(['one', 'probe 8', 'probe 7', 'serial: two']);
  });
});
