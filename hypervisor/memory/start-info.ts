import { DEVICE_ROM_CARD } from '../abi/devices';
import { BLOB_RING, REGION_BASE, ROM_CARD_RING, START_INFO } from '../abi/layout';
import * as info from '../abi/start-info';
import type { DriveConfig, MachineConfig } from '../config';
import { FIRST_BLOCK_PORT, FIRST_CONSOLE_PORT } from '../domain0/wiring';
import type { Placement } from '../placement/placements';

/** Bytes of the start-info page. */
const SIZE = 4096;

/** Tell the firmware which devices it hands on, and of which it keeps the shadow page. */
export function writePlacements(buffer: SharedArrayBuffer, devices: number, placements: readonly Placement[]): void {
  const view = new DataView(buffer, START_INFO, SIZE);
  const placed = (chosen: (placement: Placement) => boolean) =>
    placements.reduce((mask, placement, device) => (chosen(placement) ? mask | (1 << device) : mask), 0) & devices;
  view.setUint32(
    info.INFO_FORWARD,
    placed(({ forwardsTo }) => forwardsTo !== undefined),
    true,
  );
  view.setUint32(
    info.INFO_SHADOW,
    placed(({ shadowed }) => shadowed),
    true,
  );
}

/** Write the machine's configuration, except for placements, where the firmware finds it. */
export function writeStartInfo(buffer: SharedArrayBuffer, config: MachineConfig): void {
  const view = new DataView(buffer, START_INFO, SIZE);
  const set = (offset: number, value: number) => view.setUint32(offset, value, true);
  const setWide = (offset: number, value: number) => view.setBigUint64(offset, BigInt(value), true);
  set(info.INFO_MAGIC, info.START_INFO_MAGIC);
  set(info.INFO_VERSION, info.ABI_VERSION);
  set(info.INFO_RAM_BYTES, Math.min(config.ramBytes, REGION_BASE));
  set(info.INFO_DEVICES, config.devices);
  setWide(info.INFO_EPOCH, config.epoch);
  set(info.INFO_BIOS_BYTES, config.bios.length);
  config.drives.slice(0, BLOB_RING).forEach((drive, index) => {
    if (!drive) return;
    const flags =
      info.DRIVE_FLAG_PRESENT |
      (drive.disk?.readOnly ? info.DRIVE_FLAG_READ_ONLY : 0) |
      (drive.cdrom ? info.DRIVE_FLAG_CDROM : 0);
    writeDrive(index, drive.disk?.sectors ?? 0, flags);
    describeDrive(index, drive);
  });
  set(info.INFO_ROM_BYTES, config.expansionRom?.length ?? 0);
  if (config.blobDisk) {
    const { sectors } = config.blobDisk;
    const flags = info.DRIVE_FLAG_PRESENT | info.DRIVE_FLAG_READ_ONLY;
    writeDrive(BLOB_RING, sectors, flags);
    if (config.devices & (1 << DEVICE_ROM_CARD)) writeDrive(ROM_CARD_RING, sectors, flags);
  }
  config.uarts.forEach((uart, index) => {
    const entry = info.INFO_UARTS + index * info.UART_ENTRY_SIZE;
    set(entry + info.UART_MODEL, uart?.model ?? info.UART_MODEL_NONE);
    set(entry + info.UART_PORT, FIRST_CONSOLE_PORT + index);
    set(
      entry + info.UART_FLAGS,
      (uart?.lineRate ? info.UART_FLAG_LINE_RATE : 0) |
        (uart?.lossy ? info.UART_FLAG_LOSSY : 0) |
        (uart?.marked ? info.UART_FLAG_MARKED : 0),
    );
  });
  writeBlobs();

  function writeDrive(index: number, sectors: number, flags: number): void {
    const entry = info.INFO_DRIVES + index * info.DRIVE_ENTRY_SIZE;
    setWide(entry + info.DRIVE_SECTORS, sectors);
    set(entry + info.DRIVE_FLAGS, flags);
    set(entry + info.DRIVE_PORT, FIRST_BLOCK_PORT + index);
  }

  function describeDrive(index: number, { geometry, identity, cdrom }: DriveConfig): void {
    const entry = info.INFO_DRIVES + index * info.DRIVE_ENTRY_SIZE;
    set(entry + info.DRIVE_CYLINDERS, geometry?.cylinders ?? 0);
    set(entry + info.DRIVE_HEADS, geometry?.heads ?? 0);
    set(entry + info.DRIVE_SECTORS_PER_TRACK, geometry?.sectorsPerTrack ?? 0);
    const text = (offset: number, size: number, value: string) =>
      new Uint8Array(buffer, START_INFO + entry + offset, size).set(
        new TextEncoder().encode(value.padEnd(size)).subarray(0, size),
      );
    text(info.DRIVE_MODEL, info.DRIVE_MODEL_SIZE, identity?.model ?? (cdrom ? 'selfio CD-ROM' : 'selfio disk'));
    text(info.DRIVE_SERIAL, info.DRIVE_SERIAL_SIZE, identity?.serial ?? `SELFIO${index}`);
    text(info.DRIVE_REVISION, info.DRIVE_REVISION_SIZE, identity?.revision ?? '1.0');
  }

  function writeBlobs(): void {
    if (config.blobs.length > info.BLOB_LIMIT)
      throw new RangeError(`at most ${info.BLOB_LIMIT} fw_cfg entries, not ${config.blobs.length}`);
    set(info.INFO_BLOB_COUNT, config.blobs.length);
    config.blobs.forEach((blob, index) => {
      const entry = info.INFO_BLOBS + index * info.BLOB_ENTRY_SIZE;
      set(entry + info.BLOB_KEY, blob.key);
      set(entry + info.BLOB_BYTES, blob.bytes);
      set(entry + info.BLOB_SECTOR, blob.sector);
      const name = new TextEncoder().encode(blob.name).subarray(0, info.BLOB_NAME_SIZE - 1);
      new Uint8Array(buffer, START_INFO + entry + info.BLOB_NAME, info.BLOB_NAME_SIZE).fill(0).set(name);
    });
  }
}
