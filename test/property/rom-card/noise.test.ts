import { beforeAll, expect, it } from 'vitest';
import { Counter } from '../../../hypervisor/trace/counters';
import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';
import {
  COMMAND,
  difference,
  ITEM,
  PORTS_BAR,
  pattern,
  ROM_BAR,
  ROM_CARD,
  RomCardDriver,
  WINDOW,
  WINDOW_BAR,
  WINDOW_BYTES,
} from '../../conformance/rom-card/rom-card-driver';
import { firmwareModule } from '../../helpers/firmware-device';
import { Noise } from '../../helpers/noise';

const DEEDS = 60_000;
const BETWEEN_LOOKS = 2000;
const KERNEL = { key: 0x11, data: pattern(0x2_8001) };
const RAM_PAGES = 256;
const ROM_PAGE = 2;
/** RAM, firmware region, HPET and BIOS: from the first page to before the end. */
const OTHERS = [
  [0, RAM_PAGES],
  [0x3ff00, 0x40000],
  [0xfed00, 0xfed01],
  [0xfffff, 0x100000],
] as const;
/** Window and expansion ROM. */
const CARD_PAGES = 16 + 4;
const BIOS_PAGES = 1;
const WIDTHS = [1, 2, 4, 4, 4, 4] as const;
const REGISTERS = [COMMAND, COMMAND, PORTS_BAR, WINDOW_BAR, WINDOW_BAR, ROM_BAR, ROM_BAR, 0x00, 0x0c, 0x3c, 0x40];
/** Where memory may be asked for: free, RAM, video, region, BIOS, HPET, and around their edges. */
const PLACES = [
  ...[0xe000_0000, 0xe000_4000, 0xe001_0000, 0x0010_0000, 0x000f_0000, 0x000a_0000, 0x3feb_0000, 0x3ff0_0000],
  ...[0x3fff_c000, 0x4000_0000, 0xffff_0000, 0xfffe_0000, 0xfed0_0000, 0xfecf_c000, 0xc000, 0xc010, 0xfff0, 0],
];

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await firmwareModule();
});

/** A disk of which one request in five fails. */
class UnreliableDisk implements Disk {
  readonly sectors = Math.ceil(KERNEL.data.length / 512);
  readonly readOnly = true;
  reliable = false;
  private readonly bytes = new Uint8Array(this.sectors * 512);

  constructor(private readonly noise: Noise) {
    this.bytes.set(KERNEL.data);
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    target.set(this.bytes.subarray(sector * 512, sector * 512 + bytes), offset);
    return this.reliable || this.noise.below(5) > 0 ? DiskResult.OK : DiskResult.IO_ERROR;
  }

  write(): DiskResult {
    return DiskResult.READ_ONLY;
  }

  flush(): DiskResult {
    return DiskResult.OK;
  }
}

/** The ports wherever they are, those at C000h if nowhere. */
function accessPorts(driver: RomCardDriver, noise: Noise, value: number): void {
  const { device } = driver;
  const base = driver.config(PORTS_BAR) & 0xfff0;
  const at = base >= 0x1000 ? base : 0xc000;
  const kind = noise.below(4);
  if (kind === 0) device.read(at + noise.below(16), noise.of(WIDTHS));
  else if (kind === 1) device.write(at + noise.below(16), value, noise.of(WIDTHS));
  else if (kind === 2) device.write(at + ITEM, noise.of([KERNEL.key, KERNEL.key, 0]), 4);
  else device.write(at + WINDOW, noise.below(4) * WINDOW_BYTES, 4);
}

/** One deed of a guest that does anything to the card, and of others. */
function act(driver: RomCardDriver, noise: Noise): void {
  const { device } = driver;
  const kind = noise.below(100);
  const value = noise.below(3) > 0 ? noise.of(PLACES) + noise.below(4) : noise.below(2 ** 32);
  if (kind < 25) driver.configure(noise.of(REGISTERS), value, noise.of(WIDTHS));
  else if (kind < 35) driver.configure(COMMAND, 3, 2);
  else if (kind < 40) driver.configure(PORTS_BAR, noise.of([0xc000, 0xc010, 0xffff_fff0]));
  else if (kind < 45) driver.config(noise.below(256), 4);
  else if (kind < 97) accessPorts(driver, noise, value);
  else if (kind < 99) device.advance(noise.below(100_000));
  else if (noise.below(20) === 0) device.platform.reset();
}

it('no access to the card, wherever it is put, harms the machine or leaves anything behind', () => {
  const noise = new Noise(2011);
  const disk = new UnreliableDisk(noise);
  const driver = new RomCardDriver(firmware, [KERNEL], { blobDisk: disk, expansionRom: pattern(0x1000) });
  const { pageKind } = driver.device.platform.memory;
  const others = () => OTHERS.map(([first, end]) => pageKind.slice(first, end));
  const untouched = others();
  const grants = driver.grants();
  let shown = 0;
  for (let deeds = 1; deeds <= DEEDS; deeds++) {
    act(driver, noise);
    if (deeds % BETWEEN_LOOKS !== 0) continue;
    const changes = others().map((kinds, index) => difference(kinds, untouched[index]!));
    const pages = pageKind.subarray(RAM_PAGES).reduce((sum, kind) => sum + (kind === ROM_PAGE ? 1 : 0), 0);
    if (pages > BIOS_PAGES) shown++;
    expect([changes, pages <= BIOS_PAGES + CARD_PAGES, driver.grants()]).toEqual([[-1, -1, -1, -1], true, grants]);
  }
  expect(shown).toBeGreaterThan(3);
  expect(driver.device.platform.counters.get(ROM_CARD, Counter.RING_REQUESTS)).toBeGreaterThan(500);
  disk.reliable = true;
  driver.open();
  driver.choose(KERNEL.key);
  const last = new Uint8Array(WINDOW_BYTES);
  last.set(KERNEL.data.subarray(2 * WINDOW_BYTES));
  expect([driver.show(2 * WINDOW_BYTES), difference(driver.window(), last)]).toEqual([0, -1]);
});
