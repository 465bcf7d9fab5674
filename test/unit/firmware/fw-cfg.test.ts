import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlobDisk } from '../../../experiments/blobs/blob-disk';
import { PCI_DEVICES } from '../../../hypervisor/config';
import { HostFile } from '../../../pv-drivers/backend/concatenated-disk';
import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';
import { DATA, DMA_HIGH, DMA_LOW, FwCfgDriver, SELECTOR } from './fw-cfg-driver';

const MIB = 2 ** 20;
const READ = 2;
const SKIP = 4;
const SELECT = 8;
const WRITE = 0x10;
const ERROR = 1;
const DESCRIPTOR = 0x5000;
const BUFFER = 0x200000;

/** Bytes that tell their place. */
function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** Equality of many bytes: `toEqual` looks at each of them for microseconds. */
function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  const difference = actual.findIndex((byte, index) => byte !== expected[index]);
  expect({ difference, length: actual.length }).toEqual({ difference: -1, length: expected.length });
}

const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
const number = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);

describe('items that the firmware makes', () => {
  it('signature, revision, RAM and processors', async () => {
    const fw = await FwCfgDriver.create([], { ramBytes: 48 * MIB });
    expect(text(fw.readItem(0, 6))).toBe('QEMU\0\0');
    expect(number(fw.readItem(1, 4))).toBe(3);
    expect(number(fw.readItem(3, 8))).toBe(48 * MIB);
    expect(number(fw.readItem(5, 2))).toBe(1);
    expect(number(fw.readItem(0x0f, 2))).toBe(1);
    expect(fw.deferrals).toBe(0);
  });

  it('a file directory in big-endian with the memory map', async () => {
    const fw = await FwCfgDriver.create([
      { key: 0x20, name: 'opt/org.example/one', data: pattern(10) },
      { key: 0x25, name: 'opt/two', data: pattern(1000) },
      { key: 0x11, data: pattern(100) },
    ]);
    const directory = new DataView(fw.readItem(0x19, 4 + 3 * 64).buffer);
    expect(directory.getUint32(0)).toBe(3);
    const entry = (index: number) => ({
      size: directory.getUint32(4 + index * 64),
      key: directory.getUint16(8 + index * 64),
      name: text(new Uint8Array(directory.buffer, 12 + index * 64, 56)).replace(/\0+$/, ''),
    });
    expect(entry(0)).toEqual({ size: 10, key: 0x20, name: 'opt/org.example/one' });
    expect(entry(1)).toEqual({ size: 1000, key: 0x25, name: 'opt/two' });
    expect(entry(2)).toEqual({ size: 40, key: 0x26, name: 'etc/e820' });
    const map = new DataView(fw.readItem(0x26, 40).buffer);
    expect([map.getBigUint64(0, true), map.getBigUint64(8, true), map.getUint32(16, true)]).toEqual([
      0n,
      16n * 2n ** 20n,
      1,
    ]);
    expect([map.getBigUint64(20, true), map.getBigUint64(28, true), map.getUint32(36, true)]).toEqual([
      0x3ff00000n,
      0x100000n,
      2,
    ]);
  });

  it('sizes of kernel, initrd, command line and setup are those of their data', async () => {
    const fw = await FwCfgDriver.create([
      { key: 0x11, data: pattern(70_001) },
      { key: 0x12, data: pattern(3000) },
      { key: 0x15, data: pattern(17) },
      { key: 0x18, data: pattern(2048) },
      { key: 0x07, data: Uint8Array.of(0, 0, 0x10, 0) },
    ]);
    expect([0x08, 0x0b, 0x14, 0x17].map((key) => number(fw.readItem(key, 4)))).toEqual([70_001, 3000, 17, 2048]);
    expect(number(fw.readItem(0x07, 4))).toBe(0x100000);
    expect(number(fw.readItem(0x0a, 4))).toBe(0);
  });
});

describe('the data port', () => {
  it('reads a blob byte by byte, then zeros; selecting rewinds', async () => {
    const data = pattern(1300);
    const fw = await FwCfgDriver.create([{ key: 0x30, name: 'opt/x', data }]);
    expect(fw.readItem(0x30, 1310)).toEqual(Uint8Array.of(...data, ...new Uint8Array(10)));
    expect(fw.readItem(0x30, 4)).toEqual(data.slice(0, 4));
    expect(fw.deferrals).toBe(1);
  });

  it('items that do not exist are zeros', async () => {
    const fw = await FwCfgDriver.create([]);
    expect(number(fw.readItem(0x3fff, 3))).toBe(0);
    expect(number(fw.readItem(0x8003, 3))).toBe(0);
    expect(number(fw.readItem(0x06, 3))).toBe(0);
  });

  it('the write channel selects the same item, and writing changes nothing', async () => {
    const fw = await FwCfgDriver.create([]);
    fw.select(0x4000);
    fw.device.write(DATA, 0xff);
    fw.device.write(SELECTOR, 0x55);
    expect(text(fw.readBytes(4))).toBe('QEMU');
    fw.select(0);
    expect(text(fw.readBytes(4))).toBe('QEMU');
  });

  it('wide reads take as many bytes, also over the end of what is cached and of the item', async () => {
    const data = pattern(65536 + 7);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    fw.repeatString(1, 65535, [[BUFFER, 65535]]);
    expect(fw.readWide(4)).toBe(number(data.slice(65535, 65539)));
    expect(fw.readWide(2)).toBe(number(data.slice(65539, 65541)));
    expect(fw.readWide(4)).toBe(number(data.slice(65541)));
    expect(fw.readWide(4)).toBe(0);
  });
});

describe('string I/O', () => {
  it.each([1, 2, 4] as const)('moves 3 MB in elements of %i bytes straight into memory', async (width) => {
    const data = pattern(3_000_000, width);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    const entries = fw.readAll(width, BUFFER, data.length);
    expect(entries).toBeLessThan(8);
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + data.length), data);
    expect(fw.device.memory[BUFFER + data.length]).toBe(0);
  });

  it('copies head and tail when memory and disk are out of step by a few bytes', async () => {
    const data = pattern(400_000);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    for (const [skipped, address] of [
      [100, BUFFER + 100],
      [100, BUFFER + 101],
      [0, BUFFER + 3],
      [513, BUFFER + 1],
    ] as const) {
      fw.device.memory.fill(0xee, BUFFER - 16, BUFFER + data.length + 256);
      fw.select(0x20);
      fw.readBytes(skipped);
      fw.readAll(1, address, data.length - skipped);
      expectBytes(fw.device.memory.slice(address, address + data.length - skipped), data.slice(skipped));
      expect(fw.device.memory[address - 1]).toBe(0xee);
      expect(fw.device.memory[address + data.length - skipped]).toBe(0xee);
    }
  });

  it('page batches share requests of the cache', async () => {
    const data = pattern(256 * 1024);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    fw.readAll(1, BUFFER, data.length, 4096);
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + data.length), data);
    expect(fw.deferrals).toBe(4);
  });

  it('follows runs in their order, and stops at none in between', async () => {
    const data = pattern(5000);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    const runs = [
      [BUFFER + 4000, 1000],
      [BUFFER, 96],
      [BUFFER + 0x10000, 3904],
    ] as const;
    expect(fw.readString(2, 1, [[BUFFER + 4000, 1000]])).toBe(1);
    fw.select(0x20);
    expect(fw.readString(2, 2500, runs)).toBe(2500);
    const moved = runs.flatMap(([address, bytes]) => [...fw.device.memory.slice(address, address + bytes)]);
    expect(Uint8Array.from(moved)).toEqual(data);
  });

  it('moves one element when the data come late, since an interrupt may wait by then', async () => {
    const data = pattern(5000);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    expect(fw.readString(2, 2500, [[BUFFER, 5000]])).toBe(1);
    expect(fw.readString(2, 2499, [[BUFFER + 2, 4998]])).toBe(2499);
    expect(fw.device.memory.slice(BUFFER, BUFFER + 5000)).toEqual(data);
  });

  it('goes downwards when DF is set', async () => {
    const data = pattern(64);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    const runs = [
      [BUFFER + 0x1000, 24],
      [BUFFER, 40],
    ] as const;
    fw.repeatString(4, 16, runs, true);
    const words = Array.from({ length: 16 }, (_, word) => number(data.slice(word * 4, word * 4 + 4)));
    const view = new DataView(fw.device.memory.buffer);
    expect(Array.from({ length: 6 }, (_, word) => view.getUint32(BUFFER + 0x1000 + 20 - word * 4, true))).toEqual(
      words.slice(0, 6),
    );
    expect(Array.from({ length: 10 }, (_, word) => view.getUint32(BUFFER + 36 - word * 4, true))).toEqual(
      words.slice(6),
    );
  });

  it('zeros follow where the item ends in the middle of a batch', async () => {
    const data = pattern(70_003);
    const fw = await FwCfgDriver.create([{ key: 0x20, name: 'a', data }]);
    fw.select(0x20);
    fw.device.memory.fill(0xee, BUFFER, BUFFER + 100_000);
    fw.readAll(4, BUFFER, 80_000);
    expectBytes(
      fw.device.memory.slice(BUFFER, BUFFER + 80_000),
      Uint8Array.from({ length: 80_000 }, (_, i) => data[i] ?? 0),
    );
    expect(fw.device.memory[BUFFER + 80_000]).toBe(0xee);
  });
});

describe('DMA', () => {
  it('its registers read as a signature', async () => {
    const fw = await FwCfgDriver.create([]);
    const bytes = Array.from({ length: 8 }, (_, index) => fw.device.read(DMA_HIGH + index));
    expect(String.fromCharCode(...bytes)).toBe('QEMU CFG');
    expect(fw.device.read(DMA_LOW, 4)).toBe(0x47464320);
  });

  it('selects, reads, skips and reads on', async () => {
    const data = pattern(2_500_000);
    const fw = await FwCfgDriver.create([{ key: 0x21, name: 'a', data }]);
    expect(fw.dma(DESCRIPTOR, ((0x21 << 16) | SELECT | READ) >>> 0, 1_500_000, BUFFER)).toBe(0);
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + 1_500_000), data.slice(0, 1_500_000));
    expect(fw.dma(DESCRIPTOR, SKIP, 123, 0)).toBe(0);
    expect(fw.dma(DESCRIPTOR, READ, 500_000, BUFFER + 7)).toBe(0);
    expectBytes(fw.device.memory.slice(BUFFER + 7, BUFFER + 7 + 500_000), data.slice(1_500_123, 2_000_123));
    expect(fw.readByte()).toBe(data[2_000_123]);
  });

  it('the part behind the end of the item is zeros', async () => {
    const fw = await FwCfgDriver.create([{ key: 0x21, name: 'a', data: pattern(1000) }]);
    fw.device.memory.fill(0xee, BUFFER, BUFFER + 3000);
    expect(fw.dma(DESCRIPTOR, ((0x21 << 16) | SELECT | READ) >>> 0, 2000, BUFFER)).toBe(0);
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + 1000), pattern(1000));
    expectBytes(
      fw.device.memory.slice(BUFFER + 1000, BUFFER + 2001),
      Uint8Array.from({ length: 1001 }, (_, index) => (index < 1000 ? 0 : 0xee)),
    );
  });

  it('a write is an error, an empty one and a transfer without an operation are not', async () => {
    const fw = await FwCfgDriver.create([]);
    expect(fw.dma(DESCRIPTOR, WRITE, 4, BUFFER)).toBe(ERROR);
    expect(fw.dma(DESCRIPTOR, WRITE, 0, BUFFER)).toBe(0);
    expect(fw.dma(DESCRIPTOR, SELECT, 4, BUFFER)).toBe(0);
    expect(fw.dma(DESCRIPTOR, READ, 0, 0xffffffff)).toBe(0);
  });

  it.each([
    ['past the end of RAM', 16 * MIB - 4, 8],
    ['into the firmware', 0x3ff10000, 16],
    ['into the BIOS', 0xfffffff0, 16],
    ['over the whole address space', 0, 0xffffffff],
    ['into the video hole', 0x9fffe, 4],
    ['above 4 GiB', 2 ** 32, 4],
  ])('a read %s is an error and moves nothing', async (_, address, length) => {
    const fw = await FwCfgDriver.create([{ key: 0x21, name: 'a', data: pattern(1000) }]);
    const state = fw.device.memory.slice(0x3ff10000, 0x3ff10000 + 16);
    expect(fw.dma(DESCRIPTOR, ((0x21 << 16) | SELECT | READ) >>> 0, length, address)).toBe(ERROR);
    expectBytes(fw.device.memory.slice(0x3ff10000, 0x3ff10000 + 16), state);
    expect(fw.device.memory[0x9fffe]).toBe(0);
    expect(fw.readByte()).toBe(pattern(1)[0]);
  });

  it('a read into what the chipset protects is an error, and one behind or before it is not', async () => {
    const fw = await FwCfgDriver.create([{ key: 0x21, name: 'a', data: pattern(1000) }], { devices: PCI_DEVICES });
    const control = ((0x21 << 16) | SELECT | READ) >>> 0;
    const protect = (register: number, value: number) => {
      fw.device.write(0xcf8, 0x8000_0000 | (register & ~3), 4);
      fw.device.write(0xcfc + (register & 3), value);
    };
    protect(0x5a, 0x33); // C0000h-C7FFFh readable and writable ([440FX] PAM1)
    protect(0x5b, 0x11); // C8000h-CFFFFh readable only
    expect(fw.dma(DESCRIPTOR, control, 1000, 0xc0000)).toBe(0);
    expectBytes(fw.device.memory.slice(0xc0000, 0xc0000 + 1000), pattern(1000));
    expect(fw.dma(DESCRIPTOR, control, 1000, 0xc7f00)).toBe(ERROR);
    expect(fw.dma(DESCRIPTOR, control, 1000, 0xc8000)).toBe(ERROR);
    expect(fw.dma(DESCRIPTOR, control, 1000, 0xffff0)).toBe(ERROR);
    expectBytes(fw.device.memory.slice(0xc7f00, 0xc8400), new Uint8Array(0x500));
    protect(0x5b, 0x33);
    expect(fw.dma(DESCRIPTOR, control, 1000, 0xc7f00)).toBe(0);
    expect(fw.dma(DESCRIPTOR, control, 1000, 0x100000)).toBe(0);
  });

  it('a descriptor outside RAM is ignored', async () => {
    const fw = await FwCfgDriver.create([]);
    for (const [high, low] of [
      [0, 16 * MIB - 8],
      [0, 0x3ff02000],
      [0, 0xfffffff8],
      [1, DESCRIPTOR],
    ] as const) {
      fw.startDma(high, low);
    }
    expect(text(fw.readItem(0, 4))).toBe('QEMU');
  });

  it('a transfer over its own descriptor ends with the control word on top', async () => {
    const data = pattern(64);
    const fw = await FwCfgDriver.create([{ key: 0x21, name: 'a', data }]);
    expect(fw.dma(DESCRIPTOR, ((0x21 << 16) | SELECT | READ) >>> 0, 64, DESCRIPTOR)).toBe(0);
    expectBytes(fw.device.memory.slice(DESCRIPTOR + 4, DESCRIPTOR + 64), data.slice(4));
  });
});

/** A blob file that vanished. */
class FailingDisk implements Disk {
  readonly readOnly = true;
  working = false;

  constructor(private readonly disk: Disk) {}

  get sectors(): number {
    return this.disk.sectors;
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.working ? this.disk.read(sector, target, offset, bytes) : DiskResult.IO_ERROR;
  }

  write(): DiskResult {
    return DiskResult.READ_ONLY;
  }

  flush(): DiskResult {
    return DiskResult.OK;
  }
}

describe('a file of the host that is cut while it is read', () => {
  it('is zeros from there on through the port, an error through DMA, and whole again when it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'selfio-cut-'));
    const path = join(folder, 'blob');
    const data = pattern(200_000);
    writeFileSync(path, data);
    const file = HostFile.open(path);
    const config = new BlobDisk().addFile('a', file.piece()).config();
    const fw = await FwCfgDriver.create([], config);
    const control = ((0x20 << 16) | SELECT | READ) >>> 0;
    expect(fw.dma(DESCRIPTOR, control, 292 * 512, BUFFER)).toBe(0); // whole sectors, so that none stays in the cache
    truncateSync(path, 70_000);
    expect(fw.dma(DESCRIPTOR, control, 150_000, BUFFER)).toBe(ERROR);
    fw.select(0x20);
    fw.readAll(1, BUFFER, 200_000);
    expectBytes(fw.device.memory.slice(BUFFER + 131_072, BUFFER + 200_000), new Uint8Array(200_000 - 131_072));
    rmSync(path);
    expect(fw.dma(DESCRIPTOR, control, 60_000, BUFFER)).toBe(0); // the file is open: its name may go
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + 60_000), data.slice(0, 60_000));
    file.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a disk that fails', () => {
  async function failing(data: Uint8Array): Promise<{ fw: FwCfgDriver; disk: FailingDisk }> {
    const { blobDisk } = await import('./fw-cfg-driver');
    const disk = new FailingDisk(blobDisk([{ key: 0x21, name: 'a', data }]).disk);
    return { fw: await FwCfgDriver.create([{ key: 0x21, name: 'a', data }], { blobDisk: disk }), disk };
  }

  it('reads as zeros through the port, and as an error through DMA', async () => {
    const { fw } = await failing(pattern(200_000));
    fw.device.memory.fill(0xee, BUFFER, BUFFER + 200_000);
    expect(fw.readItem(0x21, 3)).toEqual(new Uint8Array(3));
    fw.readAll(1, BUFFER, 150_000);
    expectBytes(fw.device.memory.slice(BUFFER, BUFFER + 150_000), new Uint8Array(150_000));
    expect(fw.dma(DESCRIPTOR, ((0x21 << 16) | SELECT | READ) >>> 0, 1000, BUFFER)).toBe(ERROR);
  });

  it('is asked again after the item is selected again', async () => {
    const data = pattern(100);
    const { fw, disk } = await failing(data);
    expect(fw.readItem(0x21, 2)).toEqual(new Uint8Array(2));
    disk.working = true;
    expect(fw.readItem(0x21, 100)).toEqual(data);
  });

  it('one that is not there leaves the other items', async () => {
    const fw = await FwCfgDriver.create([], {
      blobs: [{ key: 0x21, name: 'a', bytes: 100, sector: 0 }],
      blobDisk: undefined,
    });
    expect(fw.readItem(0x21, 2)).toEqual(new Uint8Array(2));
    expect(text(fw.readItem(0, 4))).toBe('QEMU');
  });
});
