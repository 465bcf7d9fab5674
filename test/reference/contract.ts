/**
 * What a conventional emulated device looks like, and what it is given.
 *
 * The devices under test/reference are the ordinary kind: objects that are called for each access, that call back
 * when their interrupt line changes and that reach the guest's memory directly. They share nothing with the
 * firmware's devices, so that an agreement between the two means something.
 */

/** Width of one port or memory access, in bytes. */
export type AccessWidth = 1 | 2 | 4;

/** One emulated device, decoded by an address that is a port number, or a physical address for a memory-mapped one. */
export interface ReferenceDevice {
  /** One IN (or load). The result is zero-extended: 0 .. 2^(8*width)-1. An address the device does not decode reads all ones. */
  read(address: number, width: AccessWidth): number;
  /** One OUT (or store); `value` is 0 .. 2^(8*width)-1. An address the device does not decode is ignored. */
  write(address: number, width: AccessWidth, value: number): void;
  /** Absolute virtual time in ns at which the device has to act by itself, `undefined` if it has nothing to wait for. */
  nextDeadline(): number | undefined;
  /** Tells the device that virtual time has reached `ns`; never called with a time before the last one. */
  advanceTo(ns: number): void;
  /** The bus's hard reset: what power-on gives, except for what the device keeps across it. */
  reset(): void;
}

/** What a device may reach of the machine around it. */
export interface ReferenceEnvironment {
  /** Sets the level of an interrupt request line (ISA numbering, 0 .. 15). Repeating a level is allowed and means nothing. */
  setIrq(line: number, level: boolean): void;
  /** The guest's RAM from physical address 0, for bus masters. Addresses beyond its length do not exist. */
  readonly memory: Uint8Array;
  /** Virtual time in ns since the machine was powered on. Not the wall clock. */
  now(): number;
}

/** How a disk operation ended. `MediaError` is a sector that cannot be read or written, `WriteProtected` read-only media. */
export const DiskStatus = {
  Ok: 'ok',
  MediaError: 'media-error',
  WriteProtected: 'write-protected',
} as const;
export type DiskStatus = (typeof DiskStatus)[keyof typeof DiskStatus];

export const DiskOperation = {
  Read: 'read',
  Write: 'write',
  Flush: 'flush',
} as const;
export type DiskOperation = (typeof DiskOperation)[keyof typeof DiskOperation];

/** One request to the medium behind a drive. */
export interface DiskRequest {
  readonly operation: DiskOperation;
  /** First sector, in units of the medium's `sectorBytes`. */
  readonly sector: number;
  /** Number of sectors, 0 for a flush. */
  readonly count: number;
  /** `count * sectorBytes` bytes, filled by a read and consumed by a write. Belongs to the medium until `done` is called. */
  readonly buffer: Uint8Array;
}

/**
 * The medium behind a drive. Completion is a callback and may come during `submit`, later, or (a lost request) never:
 * the test that owns the medium decides when and in what order.
 */
export interface ReferenceDisk {
  /** Size of the medium in its own sectors: 512 bytes for a hard disk, 2048 for a CD-ROM. */
  readonly sectors: number;
  readonly sectorBytes: number;
  readonly readOnly: boolean;
  submit(request: DiskRequest, done: (status: DiskStatus) => void): void;
}

/** What the wire behind a serial port brings and takes, one character at a time. */
export interface ReferenceSerialLine {
  /** A character leaves the transmitter's shift register; `value` is 0 .. 255. */
  transmit(value: number): void;
}
