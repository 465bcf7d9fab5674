import { readSegments } from './elf';
import { type LoadedImage, LoaderError, type MemoryImage } from './images';

/** Zero page and command line, where the 32-bit entry program expects them. */
const ZERO_PAGE = 0x90000;
const COMMAND_LINE = 0x91000;
/** Setup header fields ([Linux] Documentation/x86/boot.rst, "The Real-Mode Kernel Header"), offsets in the zero page. */
export const Header = {
  E820_ENTRIES: 0x1e8,
  SETUP_SECTORS: 0x1f1,
  BOOT_FLAG: 0x1fe,
  JUMP_LENGTH: 0x201,
  MAGIC: 0x202,
  VERSION: 0x206,
  TYPE_OF_LOADER: 0x210,
  LOAD_FLAGS: 0x211,
  CODE32_START: 0x214,
  RAMDISK_IMAGE: 0x218,
  RAMDISK_SIZE: 0x21c,
  HEAP_END: 0x224,
  COMMAND_LINE: 0x228,
  INITRD_ADDRESS_MAX: 0x22c,
  COMMAND_LINE_SIZE: 0x238,
  PREFERRED_ADDRESS: 0x258,
  INITIAL_SIZE: 0x260,
  E820_TABLE: 0x2d0,
} as const;
const HEADER_START = 0x1f1;
const BOOT_FLAG = 0xaa55;
/** "HdrS". */
const MAGIC = 0x53726448;
const OLDEST_VERSION = 0x0203;
const LOADED_HIGH = 0x01;
const UNKNOWN_LOADER = 0xff;
const E820_ENTRY_SIZE = 20;
const E820_RAM = 1;
const E820_RESERVED = 2;
const HIGH_MEMORY = 0x100000;
const PAGE = 0x1000;

/** What a Linux boot needs. */
export interface LinuxBoot {
  /** A bzImage, or the ELF file (vmlinux) that is compressed inside one. */
  kernel: Uint8Array;
  /** Bytes of the initial RAM disk; 0: there is none. */
  initrdBytes: number;
  commandLine: string;
  /** Bytes of guest RAM. */
  ramBytes: number;
}

/** Kernel, command line and zero page in memory, the physical address to enter at, and where the initial RAM disk goes. */
export interface LoadedLinux {
  images: MemoryImage[];
  entry: number;
  initrdAddress: number;
}

/**
 * Do a boot loader's work by the 32-bit boot protocol ([Linux] Documentation/x86/boot.rst).
 *
 * @throws LoaderError when the kernel is none, or when kernel, initial RAM disk or command line do not fit
 */
export function loadLinux({ kernel, initrdBytes, commandLine, ramBytes }: LinuxBoot): LoadedLinux {
  const elf = readSegments(kernel);
  const header = elf ? emptyHeader() : readHeader(kernel);
  const { images, entry, end: kernelEnd } = elf ?? placeBzImage(kernel, header);
  if (kernelEnd > ramBytes) throw tooSmall('the kernel', kernelEnd, ramBytes);
  const zeroPage = new DataView(header.buffer);
  zeroPage.setUint8(Header.TYPE_OF_LOADER, UNKNOWN_LOADER);
  zeroPage.setUint8(Header.LOAD_FLAGS, zeroPage.getUint8(Header.LOAD_FLAGS) | LOADED_HIGH);
  zeroPage.setUint32(Header.COMMAND_LINE, COMMAND_LINE, true);
  writeMemoryMap(zeroPage, ramBytes);
  const placed: MemoryImage[] = [
    ...images,
    { address: ZERO_PAGE, bytes: header },
    { address: COMMAND_LINE, bytes: encodeCommandLine(commandLine, zeroPage) },
  ];
  const initrdAddress = initrdBytes === 0 ? 0 : placeInitrd(initrdBytes, zeroPage, kernelEnd, ramBytes);
  return { images: placed, entry, initrdAddress };
}

/** A zero page for a kernel that comes without a setup header. */
function emptyHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(PAGE);
  const view = new DataView(header.buffer);
  view.setUint16(Header.BOOT_FLAG, BOOT_FLAG, true);
  view.setUint32(Header.MAGIC, MAGIC, true);
  view.setUint16(Header.VERSION, 0x020f, true);
  view.setUint32(Header.INITRD_ADDRESS_MAX, 0x37ffffff, true);
  view.setUint32(Header.COMMAND_LINE_SIZE, 2047, true);
  return header;
}

function readHeader(kernel: Uint8Array): Uint8Array<ArrayBuffer> {
  const source = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (!isBzImage(source)) {
    throw new LoaderError('this is neither a bzImage nor an i386 ELF kernel; name a Linux kernel');
  }
  checkProtocol(source);
  const header = new Uint8Array(PAGE);
  const end = Header.MAGIC + kernel[Header.JUMP_LENGTH]!;
  header.set(kernel.subarray(HEADER_START, end), HEADER_START);
  return header;
}

/** Does a file that begins like this have Linux's setup header? */
export function isBzImage(file: DataView): boolean {
  return file.byteLength >= PAGE && file.getUint32(Header.MAGIC, true) === MAGIC;
}

/** @throws LoaderError when the setup header is that of an old kernel, or of one that is loaded low */
export function checkProtocol(setup: DataView): void {
  const version = setup.getUint16(Header.VERSION, true);
  if (version < OLDEST_VERSION || !(setup.getUint8(Header.LOAD_FLAGS) & LOADED_HIGH)) {
    throw new LoaderError(`this kernel speaks boot protocol ${version.toString(16)}; 2.03 and a bzImage are needed`);
  }
}

function placeBzImage(kernel: Uint8Array, header: Uint8Array<ArrayBuffer>): LoadedImage {
  const setupSectors = header[Header.SETUP_SECTORS]! || 4;
  const start = (setupSectors + 1) * 512;
  if (start >= kernel.length) throw new LoaderError('the kernel file ends inside its setup code; obtain it anew');
  const view = new DataView(header.buffer);
  const entry = view.getUint32(Header.CODE32_START, true) || HIGH_MEMORY;
  const unpacked = view.getUint32(Header.PREFERRED_ADDRESS, true) + view.getUint32(Header.INITIAL_SIZE, true);
  const end = Math.max(entry + kernel.length - start, unpacked);
  return { images: [{ address: entry, bytes: kernel.subarray(start) }], entry, end };
}

export function encodeCommandLine(commandLine: string, zeroPage: DataView): Uint8Array {
  const bytes = new TextEncoder().encode(`${commandLine}\0`);
  const limit = zeroPage.getUint32(Header.COMMAND_LINE_SIZE, true) || 255;
  if (bytes.length > limit + 1) {
    throw new LoaderError(`the command line has ${bytes.length - 1} bytes and this kernel takes ${limit}; shorten it`);
  }
  return bytes;
}

/** As high as the kernel allows, so that it does not lie in the way of anything. */
function placeInitrd(bytes: number, zeroPage: DataView, kernelEnd: number, ramBytes: number): number {
  const highest = Math.min(ramBytes, (zeroPage.getUint32(Header.INITRD_ADDRESS_MAX, true) || 0x37ffffff) + 1);
  const address = Math.floor((highest - bytes) / PAGE) * PAGE;
  if (address < kernelEnd) throw tooSmall('the initial RAM disk', kernelEnd + bytes, ramBytes);
  zeroPage.setUint32(Header.RAMDISK_IMAGE, address, true);
  zeroPage.setUint32(Header.RAMDISK_SIZE, bytes, true);
  return address;
}

/** E820: conventional memory, the BIOS, and RAM from one MiB ([ACPI] 15.2). */
function writeMemoryMap(zeroPage: DataView, ramBytes: number): void {
  const map = [
    [0, 0x9fc00, E820_RAM],
    [0x9fc00, 0x100000 - 0x9fc00, E820_RESERVED],
    [HIGH_MEMORY, ramBytes - HIGH_MEMORY, E820_RAM],
  ] as const;
  zeroPage.setUint8(Header.E820_ENTRIES, map.length);
  map.forEach(([start, length, type], index) => {
    const entry = Header.E820_TABLE + index * E820_ENTRY_SIZE;
    zeroPage.setBigUint64(entry, BigInt(start), true);
    zeroPage.setBigUint64(entry + 8, BigInt(length), true);
    zeroPage.setUint32(entry + 16, type, true);
  });
}

export function tooSmall(what: string, needed: number, ramBytes: number): LoaderError {
  const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
  return new LoaderError(`${what} does not fit into ${mib(ramBytes)} MiB of RAM; give at least ${mib(needed) + 16}`);
}
