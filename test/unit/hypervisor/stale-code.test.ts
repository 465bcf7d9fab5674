import { beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE_EMULATOR } from '../../../experiments/emulators/reference';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import {
  allPlaced,
  bootImage,
  type MachineConfig,
  machineConfig,
  PCI_DEVICES,
  placementByName,
} from '../../../hypervisor/config';
import { Machine } from '../../../hypervisor/machine';
import { memoryPiece } from '../../../pv-drivers/backend/concatenated-disk';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';

/**
 * Code that was executed, and that a device's DMA then replaces, is executed as it stands now: no x86 needs more than the jump
 * there ([SDM] vol. 3, 11.6; caches are coherent with DMA).
 */

const ROUTINE = 0x20000;
const DESCRIPTOR = 0x5000;
const FILE_KEY = 0x20;
const SECTOR = 512;

/** MOV AL,letter; RETF. */
const routine = (letter: string) => [0xb0, letter.charCodeAt(0), 0xcb];

const CALL_AND_TELL = [
  ...[0x9a, 0x00, 0x00, 0x00, 0x20], // call 2000h:0
  ...[0xba, 0x02, 0x04, 0xee], // mov dx,402h; out dx,al
];
const BEGIN = [
  ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70], // DS = SS = 0, SP = 7000h
  ...[0xbd, 0x03, 0x00, ...CALL_AND_TELL, 0x4d, 0x75, 0xf4], // three times
];
const END = [...CALL_AND_TELL, 0xfa, 0xf4]; // cli; hlt

/** fw_cfg: the descriptor's address to 518h, and wait for its first word to become zero. */
const FW_CFG_DMA = [
  ...[0xba, 0x18, 0x05, 0x66, 0xb8, 0x00, 0x00, 0x50, 0x00, 0x66, 0xef],
  ...[0x66, 0x83, 0x3e, 0x00, 0x50, 0x00, 0x75, 0xf8],
];

const out8 = (port: number, value: number) => [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
const out32 = (port: number, value: number) => {
  return [0xba, port & 0xff, port >> 8, 0x66, 0xb8, ...bytesOf(value), 0x66, 0xef];
};
const bytesOf = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
const configure = (register: number, value: number) => [
  ...out32(0xcf8, 0x8000_0900 + register),
  ...out32(0xcfc, value),
];

/** Bus master: one sector of the primary master by READ DMA, polled for the end of DMA. */
const BUS_MASTER_DMA = [
  ...[...configure(0x20, 0xc001), ...configure(0x04, 5), ...out32(0xc004, DESCRIPTOR)],
  ...[...out8(0x1f6, 0xe0), ...out8(0x1f2, 1), ...out8(0x1f3, 0), ...out8(0x1f4, 0), ...out8(0x1f5, 0)],
  ...[...out8(0x1f7, 0xc8), ...out8(0xc000, 9)],
  ...[0xba, 0x02, 0xc0, 0xec, 0xa8, 0x01, 0x75, 0xfb], // in al,dx; test al,1; jnz
];

/** Sixteen-bit code at F000h:0, where the processor arrives from reset. */
function image(code: number[]): Uint8Array {
  const bytes = new Uint8Array(0x10000);
  bytes.set(code);
  bytes.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
  return bytes;
}

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = new WebAssembly.Module((await buildFirmware()) as BufferSource);
});

/** What the routine said, before and after. */
function run(code: number[], descriptor: number[], changes: Partial<MachineConfig>): string {
  let said = '';
  const machine = new Machine(
    machineConfig(firmware, image([...BEGIN, ...code, ...END]), {
      ramBytes: 2 ** 20,
      devices: PCI_DEVICES,
      images: [
        bootImage(ROUTINE, memoryPiece(Uint8Array.from(routine('A')))),
        bootImage(DESCRIPTOR, memoryPiece(Uint8Array.from(descriptor))),
      ],
      debug: (_, value) => {
        said += String.fromCharCode(value);
      },
      ...changes,
    }),
  );
  expect(machine.run(1e9).outcome).toBe('halted');
  machine.platform.close();
  return said;
}

describe.each(['reflect', 'inkernel', 'ioemu', 'forward', 'ioemu+live'])('under %s', (name) => {
  const placements = allPlaced(placementByName(name)!);

  it.each([
    ['a few bytes, which are copied from a cache', 3],
    ['whole sectors, which the back-end puts there', 0x10000],
  ])('fw_cfg DMA of %s', (_, bytes) => {
    const contents = new Uint8Array(Math.ceil(bytes / SECTOR) * SECTOR);
    contents.set(routine('B'));
    const big = (value: number) => bytesOf(value).reverse();
    const descriptor = [...big((FILE_KEY << 16) | 0x0a), ...big(bytes), ...big(0), ...big(ROUTINE)];
    const blobs = [{ key: FILE_KEY, name: 'opt/code', bytes, sector: 0 }];
    expect(run(FW_CFG_DMA, descriptor, { placements, blobs, blobDisk: new MemoryDisk(contents, true) })).toBe('AAAB');
  });

  it.each([
    ['to a sector boundary, which the back-end puts there', 0],
    ['to any other place, which the firmware copies', 2],
  ])('bus-master DMA %s', (_, shift) => {
    const sector = new Uint8Array(SECTOR);
    sector.set(routine('B'), shift);
    const descriptor = [...bytesOf(ROUTINE - shift), ...bytesOf(0x8000_0000 + SECTOR)];
    const drives = [{ disk: new MemoryDisk(sector), cdrom: false }];
    expect(run(BUS_MASTER_DMA, descriptor, { placements, drives })).toBe('AAAB');
  });
});

it('bus-master DMA by the reference emulator', () => {
  const sector = new Uint8Array(SECTOR);
  sector.set(routine('B'));
  const descriptor = [...bytesOf(ROUTINE), ...bytesOf(0x8000_0000 + SECTOR)];
  const drives = [{ disk: new MemoryDisk(sector), cdrom: false }];
  const placements = allPlaced(placementByName('ioemu')!);
  expect(run(BUS_MASTER_DMA, descriptor, { placements, drives, emulator: REFERENCE_EMULATOR })).toBe('AAAB');
});
