/**
 * Start info: the machine's configuration as the firmware finds it, in the role of Xen's start_info page and of the
 * xenstore nodes under `device/`. Constants are byte offsets from START_INFO; fields are little-endian u32 unless stated.
 */
/** "SLIO" in ASCII, first character at the lowest address. */
export const INFO_MAGIC: u32 = 0x00;
export const START_INFO_MAGIC: u32 = 0x4f494c53;
export const INFO_VERSION: u32 = 0x04;
export const ABI_VERSION: u32 = 2;
/** Bytes of guest RAM from address 0. */
export const INFO_RAM_BYTES: u32 = 0x08;
/** Devices present: bit `id` for DEVICE_*. */
export const INFO_DEVICES: u32 = 0x0c;
/** Seconds since 1970-01-01T00:00:00Z at virtual time 0, u64. */
export const INFO_EPOCH: u32 = 0x10;
/** Devices for which the firmware answers ANSWER_FORWARD when it runs inside the guest: bit `id` for DEVICE_*. */
export const INFO_FORWARD: u32 = 0x1c;
/** Devices of which the firmware keeps the shadow page (see shadow.ts) current: bit `id` for DEVICE_*. */
export const INFO_SHADOW: u32 = 0x20;
/** Bytes below 4 GiB that the BIOS image takes. */
export const INFO_BIOS_BYTES: u32 = 0x18;

/** Bytes of the ROM card's expansion ROM, which lies at EXPANSION_ROM (see layout.ts); zero: it has none. */
export const INFO_ROM_BYTES: u32 = 0x24;

/** Drives: primary master, primary slave, secondary master, secondary slave; also block rings 4 and 5, the fw_cfg blobs. */
export const INFO_DRIVES: u32 = 0x80;
export const DRIVE_ENTRY_SIZE: u32 = 128;
/** Capacity in 512-byte sectors, u64. */
export const DRIVE_SECTORS: u32 = 0x00;
/** DRIVE_FLAG_* bits; zero means that there is no drive. */
export const DRIVE_FLAGS: u32 = 0x08;
/** Event-channel port of the block ring. */
export const DRIVE_PORT: u32 = 0x0c;
/** Default CHS translation; cylinders zero means that the firmware chooses one from the capacity. */
export const DRIVE_CYLINDERS: u32 = 0x10;
export const DRIVE_HEADS: u32 = 0x14;
export const DRIVE_SECTORS_PER_TRACK: u32 = 0x18;
/** What IDENTIFY tells: ASCII, padded with spaces, first character at the lowest address. */
export const DRIVE_MODEL: u32 = 0x20;
export const DRIVE_MODEL_SIZE: u32 = 40;
export const DRIVE_SERIAL: u32 = 0x48;
export const DRIVE_SERIAL_SIZE: u32 = 20;
export const DRIVE_REVISION: u32 = 0x5c;
export const DRIVE_REVISION_SIZE: u32 = 8;
export const DRIVE_FLAG_PRESENT: u32 = 1;
export const DRIVE_FLAG_READ_ONLY: u32 = 2;
/** ATAPI CD-ROM; the capacity still counts 512-byte sectors, four to a CD block. */
export const DRIVE_FLAG_CDROM: u32 = 4;

/** UARTs COM1-COM4. */
export const INFO_UARTS: u32 = 0x40;
export const UART_ENTRY_SIZE: u32 = 16;
/** UART_MODEL_*; zero means that there is none. */
export const UART_MODEL: u32 = 0x00;
/** Event-channel port of the console ring. */
export const UART_PORT: u32 = 0x04;
/** UART_FLAG_* bits. */
export const UART_FLAGS: u32 = 0x08;
export const UART_MODEL_NONE: u32 = 0;
export const UART_MODEL_8250: u32 = 1;
export const UART_MODEL_16450: u32 = 2;
export const UART_MODEL_16550A: u32 = 3;
/** Characters take the time that the divisor says; without it the transmitter is always empty, as in QEMU. */
export const UART_FLAG_LINE_RATE: u32 = 1;
/**
 * Neither side waits for the other: output that the console ring cannot take is dropped, and input that the receiver has no
 * room for is lost to an overrun. Without it the transmitter waits for room in the ring, and input for room in the receiver.
 */
export const UART_FLAG_LOSSY: u32 = 2;
/**
 * Input carries marks: FF FF stands for the character FF; FF e c for the character c that came with errors e, which are line
 * status bits: parity 04h, framing 08h, break 10h; FF 80 m says that the modem lines are now m, which are modem status bits 4-7. It
 * is how the back-end injects what a byte stream cannot say.
 */
export const UART_FLAG_MARKED: u32 = 4;

/** fw_cfg blobs behind block rings 4 and 5: count, then entries. Each blob starts at a multiple of 512 bytes of that disk. */
export const INFO_BLOB_COUNT: u32 = 0x380;
export const INFO_BLOBS: u32 = 0x390;
export const BLOB_ENTRY_SIZE: u32 = 80;
export const BLOB_LIMIT: u32 = 39;
/** fw_cfg selector key, u16 in the low half. Keys of 20h and above are listed in the file directory. */
export const BLOB_KEY: u32 = 0x00;
/** Bytes. */
export const BLOB_BYTES: u32 = 0x04;
/** First 512-byte sector on the blob disk. */
export const BLOB_SECTOR: u32 = 0x08;
/** File name, at most 55 ASCII characters and a NUL; empty for the classic keys. */
export const BLOB_NAME: u32 = 0x10;
export const BLOB_NAME_SIZE: u32 = 56;
