import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlobDisk } from '../../../experiments/blobs/blob-disk';
import { directLinux } from '../../../experiments/blobs/direct-kernel';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import { loadProgram } from '../../../guest/programs';
import { bootImage, machineConfig } from '../../../hypervisor/config';
import { Machine } from '../../../hypervisor/machine';
import { HostFile, memoryPiece } from '../../../pv-drivers/backend/concatenated-disk';

/** A blob is in the host's page cache and in guest RAM, and nowhere else in the process. */

const MIB = 2 ** 20;
const BLOB = 64 * MIB;
const RAM = 80 * MIB;
/** What everything but a copy of the blob may take: the map of a machine alone is 5 MiB. */
const ALLOWANCE = BLOB / 4;
const INITRD_KEY = 0x12;
const PAGE = 4096;

const folder = mkdtempSync(join(tmpdir(), 'selfio-blob-'));
const blob = join(folder, 'blob');
let firmware: WebAssembly.Module;
/** Its memory, which the others take over, is allocated before anything is measured. */
let first: Machine;

beforeAll(async () => {
  writeFileSync(blob, 'begin');
  truncateSync(blob, BLOB);
  firmware = new WebAssembly.Module((await buildFirmware()) as BufferSource);
  first = new Machine(machineConfig(firmware, loadProgram('bench-fw-cfg-dma', PAGE), { ramBytes: RAM }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Bytes of buffers that the process has more after `work`. Garbage counts: it was a copy. */
function growth(work: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  work();
  return process.memoryUsage().arrayBuffers - before;
}

it('is seen by this test when there is a copy', () => {
  const copies: Uint8Array[] = [];
  expect(growth(() => copies.push(new Uint8Array(BLOB).fill(copies.length + 1)))).toBeGreaterThan(ALLOWANCE);
});

it.each(['bench-fw-cfg-dma', 'bench-string-bytes'] as const)('over fw_cfg, by %s', (program) => {
  const file = HostFile.open(blob);
  const grown = growth(() => {
    const blobs = new BlobDisk().add(INITRD_KEY, file.piece()).config();
    const config = machineConfig(firmware, loadProgram(program, BLOB), { ...blobs, ramBytes: RAM });
    first = new Machine(config, first);
    expect(first.run(1e12).outcome).toBe('halted');
  });
  file.close();
  expect(first.platform.memory.bytes[MIB]).toBe('b'.charCodeAt(0));
  expect(grown).toBeLessThan(ALLOWANCE);
});

/** A bzImage of one page of setup and one of kernel ([Linux] Documentation/x86/boot.rst). */
function kernelFile(): string {
  const kernel = new Uint8Array(2 * PAGE + 512);
  const view = new DataView(kernel.buffer);
  view.setUint8(0x1f1, 8);
  view.setUint8(0x201, 0x66);
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, 0x20c, true);
  view.setUint8(0x211, 1);
  view.setUint32(0x214, MIB, true);
  view.setUint32(0x22c, 0x37ffffff, true);
  kernel.fill(0x90, 9 * 512);
  const path = join(folder, 'kernel');
  writeFileSync(path, kernel);
  return path;
}

it('with a kernel that is in memory from the beginning', () => {
  const kernel = kernelFile();
  const grown = growth(() => {
    const linux = directLinux({ kernel, initrd: blob, commandLine: '', ramBytes: RAM });
    first = new Machine(machineConfig(firmware, linux.bios, { ...linux, ramBytes: RAM }), first);
  });
  const { bytes } = first.platform.memory;
  expect(bytes[MIB]).toBe(0x90);
  expect(String.fromCharCode(...bytes.subarray(RAM - BLOB, RAM - BLOB + 5))).toBe('begin');
  expect(grown).toBeLessThan(ALLOWANCE);
});

it('ends the run with a line when an image has gone by the time of a reset', () => {
  const contents = memoryPiece(new Uint8Array(16));
  let there = true;
  const image = { ...bootImage(0x1000, contents), read: () => there };
  const changes = { ramBytes: RAM, images: [image] };
  first = new Machine(machineConfig(firmware, loadProgram('bench-fw-cfg-dma', PAGE), changes), first);
  there = false;
  first.reset();
  const { outcome, summary } = first.run(1e9);
  expect([outcome, summary]).toEqual(['stopped', 'the 16 bytes that belong at 1000h can no longer be read']);
});
