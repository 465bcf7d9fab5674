import { PACKET_SIZE, SenseKey } from './packet-registers';
import { DeviceBit, DIAGNOSTIC_PASSED, Status } from './registers';

export namespace DriveKind {
  export const NONE: u32 = 0;
  export const DISK: u32 = 1;
  export const CDROM: u32 = 2;
}

/** Translation of a drive that was not given one: 16 heads of 63 sectors, at most 16383 cylinders ([ATA-6] 6.2). */
const USUAL_HEADS: u32 = 16;
const USUAL_SECTORS_PER_TRACK: u32 = 63;
const MAXIMUM_CYLINDERS: u32 = 16383;
/** Sectors in a DRQ block of READ MULTIPLE at most: word 47 of IDENTIFY DEVICE. */
export const MAXIMUM_MULTIPLE: u32 = 16;
/** Self-tests that the log has room for; then it starts over ([ATA-6] 8.51). */
export const SELF_TEST_ENTRIES: u32 = 21;

/**
 * One device on a channel: its task file and the modes that commands have set. Both devices of a channel see every write
 * of the host to the task file; what they report is their own ([ATA-6] 7.1).
 */
@unmanaged
export class Drive {
  // Configuration
  kind: u32;
  /** 0-3: primary master, primary slave, secondary master, secondary slave. */
  index: u32;
  /** Capacity in sectors of 512 bytes, of a CD-ROM too. */
  sectors: u64;
  readOnly: bool;
  /** The channel can do DMA, so the drive offers it. */
  offersDma: bool;
  /** Default translation: words 1, 3 and 6 of IDENTIFY DEVICE ([ATA-6] 8.15). */
  defaultCylinders: u32;
  defaultHeads: u32;
  defaultSectorsPerTrack: u32;
  /** Guest-physical addresses of ASCII, padded with spaces: 40, 20 and 8 characters. */
  model: u32;
  serial: u32;
  revision: u32;

  // Volatile state: task file. "Previous" is what an address register held before the last write (HOB, [ATA-6] 6.20).
  status: u32;
  error: u32;
  features: u32;
  count: u32;
  low: u32;
  mid: u32;
  high: u32;
  device: u32;
  previousCount: u32;
  previousLow: u32;
  previousMid: u32;
  previousHigh: u32;
  /** Interrupt pending ([ATA-6] 5.2.9); whether INTRQ shows it is the channel's affair. */
  interrupt: bool;

  // Volatile state: modes
  /** Sectors in a DRQ block of READ and WRITE MULTIPLE; 0 while disabled. */
  multiple: u32;
  heads: u32;
  sectorsPerTrack: u32;
  /** Mode bits of SET FEATURES 03h: 20h + n multiword DMA, 40h + n Ultra DMA, else PIO. */
  transferMode: u32;
  writeCache: bool;
  lookAhead: bool;
  keepsOnReset: bool;
  smart: bool;
  /** Self-tests so far; once the log is full, only the place of the last one is right. */
  selfTests: u32;
  /** Standby or Sleep: the medium does not turn. Any command that needs it ends this. */
  standby: bool;

  // Volatile state of a CD-ROM drive: sense data ([SPC-2] 7.20) and the tray
  senseKey: u32;
  /** Additional sense code, its qualifier in the low byte. */
  senseCode: u32;
  /** Sense code of a pending unit attention, or 0. */
  attention: u32;
  ejected: bool;
  locked: bool;
  /** MediaEvent that GET EVENT STATUS NOTIFICATION has not told yet. */
  mediumEvent: u32;

  get present(): bool {
    return this.kind != DriveKind.NONE;
  }

  /** Give the drive a default translation; without cylinders it gets the usual one. */
  translateBy(cylinders: u32, heads: u32, sectorsPerTrack: u32): void {
    const given: bool = cylinders != 0 && heads != 0 && sectorsPerTrack != 0;
    this.defaultHeads = given ? heads : USUAL_HEADS;
    this.defaultSectorsPerTrack = given ? sectorsPerTrack : USUAL_SECTORS_PER_TRACK;
    const usual: u32 = <u32>min<u64>(this.sectors / (USUAL_HEADS * USUAL_SECTORS_PER_TRACK), MAXIMUM_CYLINDERS);
    this.defaultCylinders = given ? cylinders : usual;
  }

  /** After power-on or a hardware reset ([ATA-6] 9.1). */
  powerOn(): void {
    memory.fill(changetype<usize>(this) + offsetof<Drive>('status'), 0, offsetof<Drive>() - offsetof<Drive>('status'));
    this.heads = this.defaultHeads;
    this.sectorsPerTrack = this.defaultSectorsPerTrack;
    this.smart = true;
    this.revertModes();
    this.signature();
  }

  /** Modes that a software reset puts back too, unless the host said otherwise ([ATA-6] 8.46). */
  private revertModes(): void {
    this.multiple = MAXIMUM_MULTIPLE;
    this.writeCache = true;
    this.lookAhead = true;
  }

  /** After a software reset ([ATA-6] 9.2): translation and transfer mode stay. */
  softwareReset(): void {
    if (!this.keepsOnReset) this.revertModes();
    this.setSense(SenseKey.NONE, 0);
    this.interrupt = false;
    this.clearTaskFile();
  }

  /**
   * Nothing that the host has written outlives a reset: the signature takes its place, and the values before the last
   * write are zero. [ATA-6] 6.20 defines those by writes of the host alone and says nothing of resets; QEMU decides.
   */
  clearTaskFile(): void {
    this.features = 0;
    this.previousCount = 0;
    this.previousLow = 0;
    this.previousMid = 0;
    this.previousHigh = 0;
    this.signature();
  }

  /** What a reset or diagnostic leaves in the task file, by which hosts tell devices apart ([ATA-6] 9.12). */
  signature(): void {
    const disk: bool = this.kind == DriveKind.DISK;
    this.count = 1;
    this.low = 1;
    this.mid = disk ? 0 : this.present ? 0x14 : 0xff;
    this.high = disk ? 0 : this.present ? 0xeb : 0xff;
    this.device = DeviceBit.OBSOLETE;
    this.error = this.present ? DIAGNOSTIC_PASSED : 0;
    this.status = disk ? Status.READY : 0;
  }

  /** Sectors that the count register asks for: zero means the largest number ([ATA-6] 7.14). */
  requestedSectors(extended: bool): u32 {
    if (!extended) return this.count != 0 ? this.count : 256;
    const count: u32 = (this.previousCount << 8) | this.count;
    return count != 0 ? count : 65536;
  }

  /**
   * The sector that the task file addresses ([ATA-6] 6.2): by cylinder, head and sector unless the LBA bit is set, in EXT
   * commands too. A head or sector outside of the translation counts on into the next track; sector 0 is the one before
   * the first.
   */
  address(extended: bool): u64 {
    const head: u32 = this.device & DeviceBit.HEAD;
    const cylinder: u32 = this.mid | (this.high << 8);
    if ((this.device & DeviceBit.LBA) == 0) {
      return <u64>((cylinder * this.heads + head) * this.sectorsPerTrack + this.low) - 1;
    }
    const low: u32 = this.low | (cylinder << 8);
    if (!extended) return low | (head << 24);
    return <u64>low | ((<u64>(this.previousLow | (this.previousMid << 8) | (this.previousHigh << 16))) << 24);
  }

  /** Put a sector's address into the task file, in the form in which the host gave its own. */
  setAddress(sector: u64, extended: bool): void {
    if ((this.device & DeviceBit.LBA) == 0) {
      this.setCylinder(<u32>sector);
      return;
    }
    this.low = <u32>sector & 0xff;
    this.mid = <u32>(sector >> 8) & 0xff;
    this.high = <u32>(sector >> 16) & 0xff;
    if (!extended) {
      this.device = (this.device & ~DeviceBit.HEAD) | (<u32>(sector >> 24) & DeviceBit.HEAD);
      return;
    }
    this.previousLow = <u32>(sector >> 24) & 0xff;
    this.previousMid = <u32>(sector >> 32) & 0xff;
    this.previousHigh = <u32>(sector >> 40) & 0xff;
  }

  private setCylinder(sector: u32): void {
    const track: u32 = sector / this.sectorsPerTrack;
    const cylinder: u32 = track / this.heads;
    this.low = (sector % this.sectorsPerTrack) + 1;
    this.mid = cylinder & 0xff;
    this.high = (cylinder >> 8) & 0xff;
    this.device = (this.device & ~DeviceBit.HEAD) | (track % this.heads);
  }

  // Self-tests of a hard disk

  /** Guest-physical address of the routines in the self-test log, a byte each, behind the packet. */
  get selfTestAddress(): u32 {
    return this.packetAddress + PACKET_SIZE;
  }

  noteSelfTest(routine: u32): void {
    store<u8>(this.selfTestAddress + (this.selfTests % SELF_TEST_ENTRIES), <u8>routine);
    this.selfTests++;
    if (this.selfTests == 2 * SELF_TEST_ENTRIES) this.selfTests = SELF_TEST_ENTRIES;
  }

  // CD-ROM

  get hasMedium(): bool {
    return !this.ejected && this.discBlocks != 0;
  }

  /** Blocks of 2048 bytes on the disc. */
  get discBlocks(): u64 {
    return this.sectors >> 2;
  }

  setSense(key: u32, code: u32): void {
    this.senseKey = key;
    this.senseCode = code;
  }

  /** Guest-physical address of the command packet, which stands behind the fields because fields cannot be arrays. */
  get packetAddress(): u32 {
    return <u32>(changetype<usize>(this) + offsetof<Drive>());
  }

  packetByte(index: u32): u32 {
    return load<u8>(this.packetAddress + index);
  }

  /** Fields of a packet have their high byte first ([SPC-2] 4.3). */
  packetWord(index: u32): u32 {
    return bswap<u16>(load<u16>(this.packetAddress + index));
  }

  packetLong(index: u32): u32 {
    return bswap<u32>(load<u32>(this.packetAddress + index));
  }
}

/** Bytes of a Drive with its command packet and its self-test log. */
export const DRIVE_SIZE: u32 = offsetof<Drive>() + PACKET_SIZE + SELF_TEST_ENTRIES;
