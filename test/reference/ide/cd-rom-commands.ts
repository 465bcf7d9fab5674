import type { CdRom } from './cd-rom';
import { PowerMode, selectTransferMode } from './drive-parameters';
import { hardwareResetResult, IdentifyBlock, withIntegrityWord } from './identify-block';

/** What a CD-ROM drive says about itself. [ATA-6] 8.16, table 27; the comments name the fields. */
function identifyPacketDevice(drive: CdRom): Uint8Array {
  const block = new IdentifyBlock()
    .word(0, 0x85c0) // ATAPI, CD-ROM, removable, DRQ within 50 us of PACKET, 12-byte packets
    .text(10, 10, drive.identity.serial)
    .text(23, 4, drive.identity.firmware)
    .text(27, 20, drive.identity.model)
    .word(49, 0x0b00) // IORDY, LBA, DMA
    .word(53, 0x0006) // words 64-70 and 88 are valid
    .transferModes(drive.transferMode.multiword)
    .word(80, 0x0078) // ATA-3 to ATA/ATAPI-6
    .word(82, 0x4218) // NOP, DEVICE RESET, PACKET, power management
    .word(83, 0x4000)
    .word(84, 0x4000)
    .word(85, 0x4218)
    .word(87, 0x4000)
    .word(88, 0x003f | (drive.transferMode.ultra << 8))
    .word(93, hardwareResetResult(drive.isDevice1));
  return withIntegrityWord(block);
}

/** Look-ahead and the reversion to power-on defaults are taken, and change nothing that a guest could see. */
const ACCEPTED_FEATURES: ReadonlySet<number> = new Set([0x55, 0x66, 0xaa, 0xcc]);

const ENABLE_WRITE_CACHE = 0x02;
const DISABLE_WRITE_CACHE = 0x82;

/** As on a disk. The write cache, which there is not, may be switched by hosts that do not look first. [ATA-6] 8.46 */
function setFeatures(drive: CdRom): void {
  const { features, sectorCount } = drive.registers;
  const feature = features.current;
  if (feature === 0x03) setTransferMode(drive, sectorCount.current);
  else if (feature === DISABLE_WRITE_CACHE && drive.medium !== undefined) drive.flush();
  else if (feature === ENABLE_WRITE_CACHE || feature === DISABLE_WRITE_CACHE) drive.succeed();
  else if (ACCEPTED_FEATURES.has(feature)) drive.succeed();
  else drive.reject();
}

function setTransferMode(drive: CdRom, value: number): void {
  const mode = selectTransferMode(value);
  if (mode === undefined) {
    drive.reject();
    return;
  }
  drive.transferMode = mode;
  drive.succeed();
}

/** Every ATA command that a packet device knows; the others are aborted. [ATA-6] 6.8, table 9 */
export function packetDeviceCommand(drive: CdRom, code: number): void {
  const command = COMMANDS.get(code);
  if (command === undefined) drive.reject();
  else command(drive);
}

function checkPowerMode(drive: CdRom): void {
  drive.registers.sectorCount.report(drive.powerMode);
  drive.succeed();
}

const STANDBY_COMMANDS: readonly number[] = [0x94, 0x96, 0x99, 0xe0, 0xe2, 0xe6];
const IDLE_COMMANDS: readonly number[] = [0x95, 0x97, 0xe1, 0xe3];

const entering = (mode: number) => (code: number) =>
  [code, (drive: CdRom): void => drive.enterPowerMode(mode)] as const;

const COMMANDS: ReadonlyMap<number, (drive: CdRom) => void> = new Map([
  ...STANDBY_COMMANDS.map(entering(PowerMode.Standby)),
  ...IDLE_COMMANDS.map(entering(PowerMode.ActiveOrIdle)),
  [0x98, checkPowerMode],
  [0xe5, checkPowerMode],
  [0x08, (drive) => drive.resetDevice()],
  [0x20, (drive) => drive.rejectWithSignature()],
  [0xa0, (drive) => drive.beginPacket()],
  [0xa1, (drive) => drive.sendBlock(identifyPacketDevice(drive))],
  [0xe7, (drive) => drive.flush()],
  [0xec, (drive) => drive.rejectWithSignature()],
  [0xef, setFeatures],
]);
