import type { CdRom } from './cd-rom';
import { ACCEPTED_FEATURES, selectTransferMode } from './drive-parameters';
import { IdentifyBlock } from './identify-block';

/** What a CD-ROM drive says about itself. [ATA-6] 8.16, table 27; the comments name the fields. */
function identifyPacketDevice(drive: CdRom): Uint8Array {
  return new IdentifyBlock()
    .word(0, 0x85c0) // ATAPI, CD-ROM, removable, DRQ within 50 us of PACKET, 12-byte packets
    .text(10, 10, drive.identity.serial)
    .word(20, 3) // retired
    .word(21, 512) // retired
    .word(22, 4) // obsolete
    .text(23, 4, drive.identity.firmware)
    .text(27, 20, drive.identity.model)
    .word(48, 1) // reserved; once "double word I/O"
    .word(49, 0x0300) // LBA, DMA
    .word(53, 0x0007) // words 54-58, 64-70 and 88 are valid
    .word(62, 0x0007 | (drive.transferMode.single << 8)) // retired: single word DMA
    .word(63, 0x0007 | (drive.transferMode.multiword << 8))
    .word(64, 0x0003) // PIO modes 3 and 4
    .word(65, 180) // cycle times in ns
    .word(66, 180)
    .word(67, 300)
    .word(68, 180)
    .word(71, 30) // release times in ns
    .word(72, 30)
    .word(80, 0x001e) // ATA-1 to ATA/ATAPI-4
    .word(88, 0x003f | (drive.transferMode.ultra << 8)).bytes;
}

/** As on a disk; features that a CD-ROM drive does not have are refused. [ATA-6] 8.46 */
function setFeatures(drive: CdRom): void {
  const { features, sectorCount } = drive.registers;
  if (features.current === 0x03) setTransferMode(drive, sectorCount.current);
  else if (ACCEPTED_FEATURES.has(features.current)) drive.succeed();
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

const COMMANDS: ReadonlyMap<number, (drive: CdRom) => void> = new Map([
  [0x08, (drive) => drive.resetDevice()],
  [0x20, (drive) => drive.rejectWithSignature()],
  [0xa0, (drive) => drive.beginPacket()],
  [0xa1, (drive) => drive.sendBlock(identifyPacketDevice(drive))],
  // FLUSH CACHE has nothing to flush, but no success to report about a disc that is not there.
  [0xe7, (drive) => (drive.medium === undefined ? drive.reject() : drive.succeed())],
  [0xec, (drive) => drive.rejectWithSignature()],
  [0xef, setFeatures],
]);
