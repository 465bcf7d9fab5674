import {
  BAD_SECTORS,
  EMPTY_TRAY,
  type IdeMachine,
  MEMORY_BASE,
  SPARSE,
  STANDARD,
  UNREADABLE,
  UNWRITABLE,
} from '../../conformance/ide/machines';
import {
  address,
  busMaster,
  command,
  commandBlock,
  controlPort,
  dumpRegisters,
  endBusMaster,
  packet,
  prepareDma,
  read,
  readAlternateStatus,
  readBlock,
  readStatus,
  START,
  select,
  settle,
  softwareReset,
  startBusMaster,
  TO_MEMORY,
  write,
} from '../../conformance/ide/verbs';
import type { Operation } from './operation';

/** A program on which QEMU still differs from us in the way that the row of this id says. */
export interface Demonstration {
  readonly machine: IdeMachine;
  readonly steps: Operation['steps'];
}

const PRIMARY = 0;
const SECONDARY = 1;
const BUFFER = MEMORY_BASE + 0x1_0000;

/** A PRD table of one region, as long as stated. */
const oneRegion = (channel: 0 | 1, bytes: number) => prepareDma(channel, MEMORY_BASE, [{ address: BUFFER, bytes }]);

const onDisk = (...steps: Operation['steps'][]): Demonstration => ({ machine: STANDARD, steps: steps.flat() });

/** A command of the disk, with Features, Sector Count and the three parts of the address. */
const diskCommand = (code: number, parameters: readonly number[]) => [
  select(PRIMARY, 0),
  ...parameters.map((value, index) => write(commandBlock(PRIMARY) + 1 + index, value)),
  ...command(PRIMARY, code),
];

const cdPacket = (bytes: readonly number[], { limit = 0xfffe, dma = false } = {}) =>
  packet(SECONDARY, { device: 0, bytes, limit, dma });

/** Beyond the last of the standard machine's 1600 sectors. */
const OUT_OF_RANGE = { device: 0, form: 'lba28', sector: 1600, count: 1 } as const;
const FIRST_SECTOR = { device: 0, form: 'lba28', sector: 0, count: 1 } as const;

/** For each row of the table, by id. */
export const DEMONSTRATIONS: Readonly<Record<string, Demonstration>> = {
  'reset-interrupt': onDisk(softwareReset(PRIMARY)),
  'reset-held': onDisk([write(controlPort(PRIMARY), 4), settle(), readAlternateStatus(PRIMARY)]),
  'reset-selection': onDisk([
    select(PRIMARY, 1),
    ...command(PRIMARY, 0x00),
    write(controlPort(PRIMARY), 4),
    settle(),
    write(controlPort(PRIMARY), 0),
    settle(),
    write(commandBlock(PRIMARY) + 4, 0),
    ...command(PRIMARY, 0xf8),
    ...dumpRegisters(PRIMARY),
  ]),
  'identify-current-settings': onDisk(diskCommand(0xc6, [0, 4]), command(PRIMARY, 0xec), readBlock(PRIMARY, 512)),
  'unreadable-sector': {
    machine: BAD_SECTORS,
    steps: [
      ...address(PRIMARY, { ...FIRST_SECTOR, sector: UNREADABLE - 2, count: 4 }),
      ...[...command(PRIMARY, 0xc4), ...dumpRegisters(PRIMARY)],
    ],
  },
  'unwritable-sector': {
    machine: BAD_SECTORS,
    steps: [
      ...oneRegion(PRIMARY, 1024),
      ...address(PRIMARY, { ...FIRST_SECTOR, sector: UNWRITABLE - 1, count: 2 }),
      ...[...command(PRIMARY, 0xca), ...startBusMaster(PRIMARY, 0), ...endBusMaster(PRIMARY)],
      ...address(PRIMARY, { ...FIRST_SECTOR, sector: UNWRITABLE - 1 }),
      ...[...command(PRIMARY, 0x20), ...readBlock(PRIMARY, 512)],
    ],
  },
  'verify-range': onDisk(address(PRIMARY, OUT_OF_RANGE), command(PRIMARY, 0x40), dumpRegisters(PRIMARY)),
  'smart-vendor-data': onDisk(diskCommand(0xb0, [0xd0, 0, 0, 0x4f, 0xc2]), readBlock(PRIMARY, 512)),
  'packet-device-diagnostic': onDisk([select(SECONDARY, 0), ...command(SECONDARY, 0x90), settle()]),
  'smart-autosave-register': onDisk(diskCommand(0xb0, [0xd2, 0xf1, 0x55, 0x4f, 0xc2]), dumpRegisters(PRIMARY)),
  'device-reset-code': onDisk([select(SECONDARY, 0), ...command(SECONDARY, 0x08), ...dumpRegisters(SECONDARY)]),
  'diagnostic-both-devices': onDisk(
    [write(commandBlock(PRIMARY) + 2, 0x55), select(PRIMARY, 1), ...command(PRIMARY, 0x90)],
    [select(PRIMARY, 0), ...dumpRegisters(PRIMARY)],
  ),
  'security-freeze-lock': onDisk(diskCommand(0xf5, [0, 7]), dumpRegisters(PRIMARY)),
  'packet-limit-zero': onDisk(cdPacket([0x12, 0, 0, 0, 36], { limit: 0 }), dumpRegisters(SECONDARY)),
  'standby-shows': onDisk(diskCommand(0xe0, []), diskCommand(0xe5, []), dumpRegisters(PRIMARY)),
  'packet-long-table': onDisk(oneRegion(SECONDARY, 4096), cdPacket([0x28, 0, 0, 0, 0, 0, 0, 0, 1], { dma: true }), [
    ...startBusMaster(SECONDARY, TO_MEMORY),
    ...endBusMaster(SECONDARY),
  ]),
  'absent-device-0': {
    machine: SPARSE,
    steps: [select(SECONDARY, 0), ...command(SECONDARY, 0xec), ...dumpRegisters(SECONDARY), settle()],
  },
  'abandoned-dma': onDisk(
    oneRegion(PRIMARY, 512),
    [...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8), ...softwareReset(PRIMARY), readStatus(PRIMARY)],
    [write(commandBlock(PRIMARY) + 2, 1), ...startBusMaster(PRIMARY, TO_MEMORY), ...dumpRegisters(PRIMARY)],
  ),
  'bus-master-stopped': onDisk(
    oneRegion(PRIMARY, 512),
    [...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8)],
    [write(busMaster(PRIMARY), TO_MEMORY | START), write(busMaster(PRIMARY), 0), settle(), ...dumpRegisters(PRIMARY)],
  ),
  'table-pointer': onDisk(
    oneRegion(PRIMARY, 512),
    [...startBusMaster(PRIMARY, TO_MEMORY), write(busMaster(PRIMARY) + 4, MEMORY_BASE + 0x1000, 4)],
    [...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8), read(busMaster(PRIMARY) + 2)],
    dumpRegisters(PRIMARY),
  ),
  'table-end': onDisk(
    oneRegion(PRIMARY, 4096),
    [...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8), ...startBusMaster(PRIMARY, TO_MEMORY)],
    [readStatus(PRIMARY), ...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8), ...dumpRegisters(PRIMARY)],
  ),
  'double-word-at-end': onDisk(
    [select(PRIMARY, 0), ...command(PRIMARY, 0xec)],
    [{ kind: 'ins', port: commandBlock(PRIMARY), width: 2, count: 255 }, read(commandBlock(PRIMARY), 4)],
    dumpRegisters(PRIMARY),
  ),
  'data-set-management': onDisk(diskCommand(0x06, [1, 1]), dumpRegisters(PRIMARY)),
  'packet-odd-length': onDisk(cdPacket([0x12, 0, 0, 0, 5]), readBlock(SECONDARY, 6), dumpRegisters(SECONDARY)),
  'inquiry-pages': onDisk(cdPacket([0x12, 1, 0, 0, 36]), dumpRegisters(SECONDARY)),
  'read-cd-raw': onDisk(cdPacket([0xbe, 0, 0, 0, 0, 7, 0, 0, 1, 0xf8]), dumpRegisters(SECONDARY)),
  'toc-format': onDisk(
    cdPacket([0x43, 0, 1, 0, 0, 0, 0, 0, 12, 0]),
    readBlock(SECONDARY, 12),
    dumpRegisters(SECONDARY),
  ),
  'bus-master-disabled': onDisk(
    [write(0xcf8, 0x8000_0904, 4), write(0xcfc, 0x0001, 2)],
    oneRegion(PRIMARY, 512),
    [...address(PRIMARY, FIRST_SECTOR), ...command(PRIMARY, 0xc8), ...startBusMaster(PRIMARY, TO_MEMORY)],
    dumpRegisters(PRIMARY),
  ),
  'pci-subsystem': onDisk([write(0xcf8, 0x8000_082c, 4), read(0xcfc, 4), write(0xcf8, 0x8000_092c, 4), read(0xcfc, 4)]),
  'dram-control': onDisk([write(0xcf8, 0x8000_0054, 4), read(0xcff)]),
  'config-address-reserved': onDisk(
    [write(0xcf8, 0x8000_0903, 4), read(0xcf8, 4)],
    [write(0xcf8, 0xff00_0900, 4), read(0xcf8, 4)],
  ),
  'config-address-width': onDisk([write(0xcf8, 0x8000_0900, 4), read(0xcf8)]),
  'power-on': onDisk(dumpRegisters(PRIMARY), dumpRegisters(SECONDARY)),
  'identify-contents': onDisk([select(PRIMARY, 0), ...command(PRIMARY, 0xec), ...readBlock(PRIMARY, 512)]),
  'set-features-unsupported': onDisk(diskCommand(0xef, [0x05, 0x80]), dumpRegisters(PRIMARY)),
  'packet-device-write-cache': {
    machine: EMPTY_TRAY,
    steps: [
      select(PRIMARY, 1),
      write(commandBlock(PRIMARY) + 1, 0x82),
      ...command(PRIMARY, 0xef),
      ...dumpRegisters(PRIMARY),
    ],
  },
  'error-high-order': onDisk(command(PRIMARY, 0x00), [
    write(controlPort(PRIMARY), 0x80),
    read(commandBlock(PRIMARY) + 1),
  ]),
  'bus-master-width': onDisk([read(0xc002, 2), read(0xc000, 4)]),
  'absent-device-1': {
    machine: SPARSE,
    steps: [select(PRIMARY, 1), ...dumpRegisters(PRIMARY)],
  },
  'interrupt-pending': onDisk(
    [select(PRIMARY, 1), ...command(PRIMARY, 0x00), select(PRIMARY, 0), settle(), select(PRIMARY, 1), settle()],
    [
      readStatus(PRIMARY),
      write(controlPort(PRIMARY), 2),
      ...command(PRIMARY, 0x00),
      write(controlPort(PRIMARY), 0),
      settle(),
    ],
  ),
  'settings-kept': onDisk(
    [...diskCommand(0xef, [0x66]), ...diskCommand(0xc6, [0, 2]), ...softwareReset(PRIMARY), readStatus(PRIMARY)],
    [...address(PRIMARY, { ...FIRST_SECTOR, count: 4 }), ...command(PRIMARY, 0xc4), ...readBlock(PRIMARY, 1024)],
    dumpRegisters(PRIMARY),
  ),
  'packet-dma-empty': onDisk(cdPacket([0x12], { dma: true }), dumpRegisters(SECONDARY)),
  'packet-device-power': onDisk([select(SECONDARY, 0), ...command(SECONDARY, 0xe5), ...dumpRegisters(SECONDARY)]),
  'packet-device-refusal': onDisk([
    write(commandBlock(SECONDARY) + 6, 0xe0),
    ...command(SECONDARY, 0xec),
    ...dumpRegisters(SECONDARY),
  ]),
  'smart-read-log': onDisk(diskCommand(0xb0, [0xd5, 1, 0, 0x4f, 0xc2]), dumpRegisters(PRIMARY)),
  'smart-captive': onDisk(diskCommand(0xb0, [0xd4, 0, 0x81, 0x4f, 0xc2]), dumpRegisters(PRIMARY)),
  'smart-abort-self-test': onDisk(diskCommand(0xb0, [0xd4, 0, 0x7f, 0x4f, 0xc2]), dumpRegisters(PRIMARY)),
  'inquiry-identification': onDisk(cdPacket([0x12, 0, 0, 0, 36]), readBlock(SECONDARY, 36)),
  'sense-valid': onDisk(cdPacket([0x03, 0, 0, 0, 18]), readBlock(SECONDARY, 18)),
  'toc-lead-out': onDisk(cdPacket([0x43, 0, 0, 0, 0, 0, 0, 0, 20]), readBlock(SECONDARY, 20)),
  'mode-pages': onDisk(cdPacket([0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 28]), readBlock(SECONDARY, 28)),
  'configuration-features': onDisk(cdPacket([0x46, 0, 0, 0, 0, 0, 0, 0, 60]), readBlock(SECONDARY, 60)),
  'media-events': onDisk(
    [...cdPacket([0x1b, 0, 0, 0, 2]), readStatus(SECONDARY)],
    [...cdPacket([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]), ...readBlock(SECONDARY, 8)],
  ),
  'tray-reset': onDisk(
    [...cdPacket([0x1b, 0, 0, 0, 2]), readStatus(SECONDARY), ...softwareReset(SECONDARY)],
    [...cdPacket([0x00]), ...dumpRegisters(SECONDARY)],
  ),
  'loading-attention': onDisk(
    [...cdPacket([0x1b, 0, 0, 0, 2]), readStatus(SECONDARY), ...cdPacket([0x1b, 0, 0, 0, 3]), readStatus(SECONDARY)],
    [...cdPacket([0x00]), ...dumpRegisters(SECONDARY)],
  ),
  'mechanism-status': onDisk(
    [...cdPacket([0x1b, 0, 0, 0, 2]), readStatus(SECONDARY)],
    [...cdPacket([0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8]), ...readBlock(SECONDARY, 8)],
  ),
  'removal-prevented': onDisk(
    [...cdPacket([0x1e, 0, 0, 0, 1]), readStatus(SECONDARY), ...cdPacket([0x1b, 0, 0, 0, 2])],
    dumpRegisters(SECONDARY),
  ),
  'sense-told-twice': {
    machine: EMPTY_TRAY,
    steps: [0x00, 0x03, 0x03].flatMap((opcode) => [
      ...packet(PRIMARY, { device: 1, bytes: [opcode, 0, 0, 0, 18], limit: 0xfffe, dma: false }),
      ...(opcode === 0x03 ? readBlock(PRIMARY, 18) : []),
      readStatus(PRIMARY),
    ]),
  },
};
