import { beforeAll, expect, it } from 'vitest';
import { QEMU_EMULATOR } from '../../../experiments/emulators/qemu';
import { QtestChannel } from '../../../experiments/emulators/qtest-channel';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, PCI_DEVICES, placementByName } from '../../../hypervisor/config';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { finishGuest, type Guest, makeGuest, runGuest } from './guest-run';

const [UART, IDE, PIT, RTC] = [1, 2, 3, 4];
const ALL = (1 << UART) | (1 << IDE) | (1 << PIT) | (1 << RTC);
const IOREQS = 9;
const PORT = 0;
const COM1 = 0x3f8;

describeWithQemu('QEMU behind a guest, over qtest', (qemu) => {
  let firmware: WebAssembly.Module;
  beforeAll(async () => {
    firmware = await firmwareModule();
  });

  const hosted = (name: string, devices = ALL) => ({
    placements: allPlaced(placementByName(name)!),
    emulator: { ...QEMU_EMULATOR, devices },
  });

  /** Run to the end, bring what was written to the disk, and let QEMU go. */
  function finish(guest: Guest) {
    const { machine, disk, sent } = guest;
    const { result } = finishGuest(guest);
    expect(machine.platform.flush()).toEqual([]);
    machine.platform.close();
    return { machine, result, console: String.fromCharCode(...sent), disk: Buffer.from(disk.bytes) };
  }

  it.each([
    ['ioemu', ALL],
    ['forward', 1 << IDE],
    ['stubdom+posted', 1 << UART],
    ['ioemu', 1 << PIT],
  ])('gives the tour under %s (devices %i) the same transcript and disk as the firmware', (name, devices) => {
    const tour = loadProgram('tour');
    const own = runGuest(firmware, tour, { placements: allPlaced(placementByName('reflect')!) });
    const firmwareDisk = Buffer.alloc(512 * 512);
    own.machine.config.drives[0]!.disk!.read(0, firmwareDisk, 0, firmwareDisk.length);
    const { result, console, disk, machine } = finish(makeGuest(firmware, tour, hosted(name, devices)));
    expect(result.outcome).toBe('halted');
    expect(console).toBe(own.console);
    expect(disk.equals(firmwareDisk)).toBe(true);
    for (const device of [UART, IDE, PIT, RTC]) {
      if (devices & (1 << device)) expect(machine.platform.counters.get(device, IOREQS)).toBeGreaterThan(10);
    }
  });

  it('is as deterministic as everything else, although its drives work in real time', () => {
    const tour = loadProgram('tour');
    const runs = [1, 2].map(() => {
      const { machine, console } = finish(makeGuest(firmware, tour, hosted('ioemu')));
      const { trace, clock, counters } = machine.platform;
      return { console, trace: trace.save(), now: clock.now, counters: counters.save() };
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it('hands on what is typed, and comes out of a reset of the machine', () => {
    const { platform } = makeGuest(firmware, loadProgram('tour'), hosted('ioemu', 1 << UART)).machine;
    const ready = () => platform.read(PORT, COM1 + 5, 1) & 1;
    expect(ready()).toBe(0);
    platform.write(PORT, COM1 + 7, 1, 0x5a);
    platform.reset();
    expect(platform.input(0, Uint8Array.of(0x41))).toBe(1);
    // QEMU takes bytes from the host when it comes to it.
    for (let looks = 0; looks < 10_000 && !ready(); looks++);
    expect(platform.read(PORT, COM1, 1)).toBe(0x41);
    expect(ready()).toBe(0);
    platform.close();
  });

  it('that ends in the middle is reported as what it is', () => {
    const channel = new QtestChannel(() => {});
    channel.start(qemu, ['-machine', 'pc', '-m', '8', '-device', 'isa-debug-exit'], 'ioapic');
    expect(channel.exchange(['outb 0x70 0x0a', 'inb 0x71'])).toEqual([0, 0x26]);
    expect(() => channel.exchange(['outb 0x501 0'])).toThrow(
      expect.objectContaining({ name: 'QemuGone', message: `--placement qemu: ${qemu} ended` }),
    );
    channel.close();
  });

  it('is not for a machine with PCI, whose bus master it could not have', () => {
    const changes = { ...hosted('ioemu'), devices: PCI_DEVICES };
    expect(() => makeGuest(firmware, loadProgram('tour'), changes)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(/leave out --pci$/) }),
    );
  });
});
