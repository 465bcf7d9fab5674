import { MAXIMUM_MULTIPLE, PowerMode, selectTransferMode } from './drive-parameters';
import type { HardDisk } from './hard-disk';
import { identifyDisk } from './identify-disk';
import { smartCommand } from './smart';

/** Carries out one command on a disk; every way through it ends in an interrupt or in DRQ. */
type DiskCommand = (disk: HardDisk, code: number) => void;

/** MULTIPLE commands are refused while SET MULTIPLE MODE has disabled them. [ATA-6] 8.30, 8.49 */
function inBlocks(transfer: (disk: HardDisk) => void): DiskCommand {
  return (disk) => {
    if (disk.multiple === 0) disk.reject();
    else transfer(disk);
  };
}

/** [ATA-6] 8.49: a power of two up to the largest supported; 0 disables the MULTIPLE commands. */
function setMultipleMode(disk: HardDisk): void {
  const count = disk.registers.sectorCount.current;
  if (count > MAXIMUM_MULTIPLE || (count & (count - 1)) !== 0) {
    disk.reject();
    return;
  }
  disk.multiple = count;
  disk.succeed();
}

/** INITIALIZE DEVICE PARAMETERS: heads - 1 in the Device register, sectors per track in Sector Count. [ATA-5] 8.16 */
function initializeDeviceParameters(disk: HardDisk): void {
  const sectorsPerTrack = disk.registers.sectorCount.current;
  if (sectorsPerTrack === 0) {
    disk.reject();
    return;
  }
  disk.geometry = { heads: disk.registers.head + 1, sectorsPerTrack };
  disk.succeed();
}

function setTransferMode(disk: HardDisk): void {
  const mode = selectTransferMode(disk.registers.sectorCount.current);
  if (mode === undefined) {
    disk.reject();
    return;
  }
  disk.transferMode = mode;
  disk.succeed();
}

/** What the simple subcommands of SET FEATURES switch. [ATA-6] 8.46, table 43 */
const SWITCHES: ReadonlyMap<number, (disk: HardDisk) => void> = new Map([
  [0x02, (disk) => (disk.writeCache = true)],
  [0x55, (disk) => (disk.lookAhead = false)],
  [0x66, (disk) => (disk.revertsOnReset = false)],
  [0xaa, (disk) => (disk.lookAhead = true)],
  [0xcc, (disk) => (disk.revertsOnReset = true)],
]);

/** [ATA-6] 8.46. Disabling the write cache first writes it out. */
function setFeatures(disk: HardDisk): void {
  const feature = disk.registers.features.current;
  const change = SWITCHES.get(feature);
  if (change !== undefined) {
    change(disk);
    disk.succeed();
  } else if (feature === 0x82) {
    disk.writeCache = false;
    disk.flush();
  } else if (feature === 0x03) {
    setTransferMode(disk);
  } else {
    disk.reject();
  }
}

/** The power commands answer at once; only CHECK POWER MODE tells which mode they have set. [ATA-6] 6.10 */
function enterPowerMode(mode: number): DiskCommand {
  return (disk) => {
    disk.powerMode = mode;
    disk.succeed('no-seek');
  };
}

function checkPowerMode(disk: HardDisk): void {
  disk.registers.sectorCount.report(disk.powerMode);
  disk.succeed();
}

const table: readonly (readonly [codes: readonly number[], command: DiskCommand])[] = [
  // RECALIBRATE, obsolete since ATA-4 but issued by old drivers.
  [[0x10], (disk) => disk.succeed()],
  [[0x20, 0x21], (disk) => disk.readByPio(false, 1)],
  [[0x24], (disk) => disk.readByPio(true, 1)],
  [[0x25], (disk) => disk.transferByDma('read', true)],
  [[0x27], (disk) => disk.reportLastSector(true)],
  [[0x29], inBlocks((disk) => disk.readByPio(true, disk.multiple))],
  // 3Ch is WRITE VERIFY of ATA-3.
  [[0x30, 0x31, 0x3c], (disk) => disk.writeByPio(false, 1)],
  [[0x34], (disk) => disk.writeByPio(true, 1)],
  [[0x35], (disk) => disk.transferByDma('write', true)],
  [[0x39], inBlocks((disk) => disk.writeByPio(true, disk.multiple))],
  [[0x40, 0x41], (disk) => disk.verify(false)],
  [[0x42], (disk) => disk.verify(true)],
  [[0x70], (disk) => disk.seek()],
  [[0x91], initializeDeviceParameters],
  // 94h to 99h are the codes that the power commands had before ATA-2.
  [[0x94, 0x96, 0xe0, 0xe2], enterPowerMode(PowerMode.Standby)],
  [[0x95, 0x97, 0xe1, 0xe3], enterPowerMode(PowerMode.ActiveOrIdle)],
  [[0x98, 0xe5], checkPowerMode],
  [[0x99, 0xe6], enterPowerMode(PowerMode.Standby)],
  [[0xb0], smartCommand],
  [[0xc4], inBlocks((disk) => disk.readByPio(false, disk.multiple))],
  [[0xc5], inBlocks((disk) => disk.writeByPio(false, disk.multiple))],
  [[0xc6], setMultipleMode],
  [[0xc8, 0xc9], (disk) => disk.transferByDma('read', false)],
  [[0xca, 0xcb], (disk) => disk.transferByDma('write', false)],
  [[0xe7, 0xea], (disk) => disk.flush()],
  [[0xec], (disk) => disk.sendBlock(identifyDisk(disk))],
  [[0xef], setFeatures],
  [[0xf8], (disk) => disk.reportLastSector(false)],
];

/** Every command code that a disk knows; all others, NOP among them, are aborted. [ATA-6] 8.22 */
export const DISK_COMMANDS: ReadonlyMap<number, DiskCommand> = new Map(
  table.flatMap(([codes, command]) => codes.map((code) => [code, command] as const)),
);
