import { LoaderError } from './images';
import { checkProtocol, encodeCommandLine, Header, isBzImage, tooSmall } from './linux';

/**
 * Where QEMU's LinuxBoot option ROMs expect things: real-mode setup code with its heap, command line, protected-mode kernel
 * ([Linux] Documentation/x86/boot.rst, "Memory Layout").
 */
const SETUP = 0x10000;
const COMMAND_LINE = 0x20000;
const KERNEL = 0x100000;
/** The kernel's heap ends below the command line; the field counts from the setup code and leaves 200h bytes for the stack. */
const HEAP_END = COMMAND_LINE - SETUP - 0x200;
/** Type Bh is QEMU, version 0. */
const LOADER_TYPE = 0xb0;
const CAN_USE_HEAP = 0x80;
/** What a BIOS keeps for its tables at the end of RAM, with room to spare. */
const BIOS_RESERVE = 0x40000;
const LARGEST_SETUP = 65 * 512;
const PAGE = 0x1000;

export interface RomBootOptions {
  /** The first bytes of the bzImage, at least LINUX_HEAD of them if it is that long. */
  head: Uint8Array;
  kernelBytes: number;
  /** 0: there is no initial RAM disk. */
  initrdBytes: number;
  commandLine: string;
  ramBytes: number;
}

/** What the option ROM is told: contents of the small items, addresses of all, and where in the file the kernel proper begins. */
export interface LinuxRomBoot {
  setup: Uint8Array;
  setupAddress: number;
  commandLine: Uint8Array;
  commandLineAddress: number;
  /** Offset in the bzImage of what runs in protected mode. */
  kernelOffset: number;
  kernelAddress: number;
  initrdAddress: number;
}

/** Bytes of a bzImage that hold all of its real-mode part. */
export const LINUX_HEAD = LARGEST_SETUP;

/**
 * Prepare a bzImage for an option ROM that enters it by the 16-bit boot protocol, as LinuxBoot does.
 *
 * @throws LoaderError when it is none, or when kernel, initial RAM disk or command line do not fit
 */
export function prepareLinuxRom({
  head,
  kernelBytes,
  initrdBytes,
  commandLine,
  ramBytes,
}: RomBootOptions): LinuxRomBoot {
  const source = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!isBzImage(source)) throw new LoaderError('this is no bzImage, the only thing that LinuxBoot enters; name one');
  checkProtocol(source);
  const setupBytes = ((head[Header.SETUP_SECTORS]! || 4) + 1) * 512;
  if (setupBytes > head.length || setupBytes >= kernelBytes) {
    throw new LoaderError('the kernel file ends inside its setup code; obtain it anew');
  }
  const setup = head.slice(0, setupBytes);
  const header = new DataView(setup.buffer);
  const kernelEnd = KERNEL + kernelBytes - setupBytes;
  const initrdAddress = initrdBytes === 0 ? 0 : placeInitrd(header, initrdBytes, kernelEnd, ramBytes);
  if (kernelEnd > ramBytes - BIOS_RESERVE) throw tooSmall('the kernel', kernelEnd, ramBytes);
  header.setUint8(Header.TYPE_OF_LOADER, LOADER_TYPE);
  header.setUint8(Header.LOAD_FLAGS, header.getUint8(Header.LOAD_FLAGS) | CAN_USE_HEAP);
  header.setUint16(Header.HEAP_END, HEAP_END, true);
  header.setUint32(Header.COMMAND_LINE, COMMAND_LINE, true);
  header.setUint32(Header.RAMDISK_IMAGE, initrdAddress, true);
  header.setUint32(Header.RAMDISK_SIZE, initrdBytes, true);
  return {
    ...{ setup, setupAddress: SETUP, kernelOffset: setupBytes, kernelAddress: KERNEL, initrdAddress },
    ...{ commandLine: encodeCommandLine(commandLine, header), commandLineAddress: COMMAND_LINE },
  };
}

/** As high as kernel and BIOS allow. */
function placeInitrd(header: DataView, bytes: number, kernelEnd: number, ramBytes: number): number {
  const highest = Math.min(ramBytes - BIOS_RESERVE, header.getUint32(Header.INITRD_ADDRESS_MAX, true) + 1);
  const address = Math.floor((highest - bytes) / PAGE) * PAGE;
  if (address < kernelEnd) throw tooSmall('the initial RAM disk', kernelEnd + bytes, ramBytes);
  return address;
}
