/** Register offsets and bits of the ATA task file. [ATA-6] clause 7. */

/** Offsets in the command block, from 1F0h or 170h. */
export const Register = {
  Data: 0,
  ErrorOrFeatures: 1,
  SectorCount: 2,
  LbaLow: 3,
  LbaMid: 4,
  LbaHigh: 5,
  Device: 6,
  StatusOrCommand: 7,
} as const;

/** Status register. [ATA-6] 7.15. Bit 4 was "device seek complete" before ATA-4 and drivers still look at it. */
export const Status = {
  Busy: 0x80,
  DeviceReady: 0x40,
  DeviceFault: 0x20,
  SeekComplete: 0x10,
  DataRequest: 0x08,
  Error: 0x01,
} as const;

/** Error register. [ATA-6] 7.9. */
export const ErrorBit = {
  Aborted: 0x04,
  Uncorrectable: 0x40,
  /** The same bit in commands that write. */
  WriteProtected: 0x40,
} as const;

/** What EXECUTE DEVICE DIAGNOSTIC and the resets leave in the Error register: device 0 passed. [ATA-6] 8.11, table 23. */
export const DIAGNOSTIC_PASSED = 0x01;

/** Device Control register. [ATA-6] 7.8. */
export const DeviceControl = {
  HighOrderByte: 0x80,
  SoftwareReset: 0x04,
  InterruptDisable: 0x02,
} as const;

/** Device register. [ATA-6] 7.7; bits 7 and 5 are obsolete and read as ones. */
export const DeviceBit = {
  Obsolete: 0xa0,
  Lba: 0x40,
  Device1: 0x10,
  HeadMask: 0x0f,
} as const;

export const SECTOR_BYTES = 512;
