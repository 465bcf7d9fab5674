/** The machines that the IDE suites run on: which drive sits in which slot, and what its medium holds at first. */

/** What is wrong with a medium. Sectors are the drive's own; an operation that touches a bad one moves nothing. */
export interface Faults {
  readonly unreadable: (sector: number) => boolean;
  readonly unwritable: (sector: number) => boolean;
  readonly flushFails: boolean;
}

/** A drive in a slot; slot = 2 * channel + device, so 0 primary master, 1 primary slave, 2 and 3 the secondary pair. */
export interface DiskDrive {
  readonly kind: 'disk';
  readonly slot: number;
  /** In 512-byte sectors. */
  readonly sectors: number;
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
  /** `patterned`: every sector differs. `blank`: zeros, and sparse, for media too large to hold. */
  readonly contents: 'patterned' | 'blank';
  readonly readOnly?: boolean;
  readonly faults?: Faults;
}

export interface CdRomDrive {
  readonly kind: 'cd-rom';
  readonly slot: number;
  /** In 2048-byte sectors; 0 for a drive without a disc. */
  readonly sectors: number;
  readonly faults?: Faults;
}

export type Drive = DiskDrive | CdRomDrive;

export interface IdeMachine {
  readonly name: string;
  readonly drives: readonly Drive[];
}

export const CD_SECTOR_BYTES = 2048;
export const DISK_SECTOR_BYTES = 512;

/** Identification strings; the slot number is appended to the serial number. */
export const DISK_MODEL = 'SELFIO HARDDISK';
export const CD_MODEL = 'SELFIO CD-ROM';
/** What INQUIRY shows. */
export const CD_VENDOR = 'SELFIO';
export const CD_PRODUCT = CD_MODEL;
export const FIRMWARE_REVISION = '1.0';
export const SERIAL_PREFIX = 'SELFIO0000';

/** Subsystem of the host bridge (offset 2Ch, vendor in the low half), by which SeaBIOS knows QEMU's board. */
export const BOARD_SUBSYSTEM = 0x1100_1af4;

/** Bus-master registers' base port, as the machines' set-up programs it into BAR 4. */
export const BUS_MASTER_BASE = 0xc000;

/** Part of guest memory that the suites use: PRD tables, then the buffers. Compared after each program that does DMA. */
export const MEMORY_BASE = 0x0010_0000;
export const MEMORY_BYTES = 0x0008_0000;
export const GUEST_RAM_BYTES = 0x0100_0000;

export const isReadOnly = (drive: Drive): boolean => drive.kind === 'cd-rom' || drive.readOnly === true;

/** Whether an operation on these sectors of a drive fails. */
export function fails(drive: Drive, operation: 'read' | 'write' | 'flush', sector: number, count: number): boolean {
  const { faults } = drive;
  if (faults === undefined) return false;
  if (operation === 'flush') return faults.flushFails;
  const isBad = operation === 'read' ? faults.unreadable : faults.unwritable;
  return Array.from({ length: count }, (_, index) => sector + index).some(isBad);
}

export function sectorBytes(drive: Drive): number {
  return drive.kind === 'disk' ? DISK_SECTOR_BYTES : CD_SECTOR_BYTES;
}

/** Initial contents of a drive's medium. No sector equals another, and no two slots are alike. */
export function initialImage(drive: Drive): Uint8Array {
  if (drive.kind === 'disk' && drive.contents === 'blank') throw new Error('a blank medium has no image to hold');
  const image = new Uint8Array(drive.sectors * sectorBytes(drive));
  const words = new Uint32Array(image.buffer);
  for (let i = 0; i < words.length; i++) {
    const mixed = Math.imul((i + 1) ^ (drive.slot << 28), 0x9e3779b1);
    words[i] = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  }
  return image;
}

/** A disk as large as its geometry says. */
function disk(
  slot: number,
  [cylinders, heads, sectorsPerTrack]: readonly [number, number, number],
  flaws: Pick<DiskDrive, 'readOnly' | 'faults'> = {},
): DiskDrive {
  const sectors = cylinders * heads * sectorsPerTrack;
  return { kind: 'disk', slot, sectors, cylinders, heads, sectorsPerTrack, contents: 'patterned', ...flaws };
}

/** Two disks of unlike size and geometry on one cable, a CD-ROM alone on the other. */
export const STANDARD: IdeMachine = {
  name: 'two disks, a CD-ROM',
  drives: [disk(0, [20, 5, 16]), disk(1, [10, 7, 10]), { kind: 'cd-rom', slot: 2, sectors: 100 }],
};

/** No device 1 beside the disk, nothing at all but a slave on the second cable. */
export const SPARSE: IdeMachine = {
  name: 'a disk alone, a lone slave',
  drives: [disk(0, [16, 4, 16]), disk(3, [8, 4, 16])],
};

/** An empty CD-ROM drive as a slave beside a disk; the second cable has no device. */
export const EMPTY_TRAY: IdeMachine = {
  name: 'a disk and an empty CD-ROM drive',
  drives: [disk(0, [16, 4, 16]), { kind: 'cd-rom', slot: 1, sectors: 0 }],
};

const never = (): boolean => false;
const always = (): boolean => true;
/** Where the file behind the failing disk ends, short of what the drive promises. */
const FILE_END = 900;

/**
 * Media that fail: a disk with bad sectors whose file is too short, one that is write-protected, one that cannot flush,
 * and a disc that cannot be read. QEMU has no such machine.
 */
export const FAILING: IdeMachine = {
  name: 'drives whose media fail',
  drives: [
    disk(0, [16, 4, 16], {
      faults: {
        unreadable: (sector) => sector % 16 === 5 || sector >= FILE_END,
        unwritable: (sector) => sector % 16 === 11 || sector >= FILE_END,
        flushFails: false,
      },
    }),
    disk(1, [8, 4, 16], { readOnly: true }),
    disk(2, [8, 4, 16], { faults: { unreadable: never, unwritable: never, flushFails: true } }),
    {
      kind: 'cd-rom',
      slot: 3,
      sectors: 100,
      faults: { unreadable: always, unwritable: never, flushFails: false },
    },
  ],
};

/** One sector that cannot be read and one that cannot be written, as QEMU can have them too. */
export const UNREADABLE = 5;
export const UNWRITABLE = 11;
export const BAD_SECTORS: IdeMachine = {
  name: 'a disk with bad sectors',
  drives: [
    disk(0, [16, 4, 16], {
      faults: {
        unreadable: (sector) => sector === UNREADABLE,
        unwritable: (sector) => sector === UNWRITABLE,
        flushFails: false,
      },
    }),
  ],
};

/** A disk beyond the reach of 28-bit addresses (128 GiB and a little), blank so that it need not be stored. */
export const LARGE: IdeMachine = {
  name: 'a disk beyond 28-bit addresses',
  drives: [
    {
      kind: 'disk',
      slot: 0,
      sectors: 0x1000_0000 + 0x2000,
      cylinders: 16383,
      heads: 16,
      sectorsPerTrack: 63,
      contents: 'blank',
    },
  ],
};
