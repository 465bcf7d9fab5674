import { readSegments } from './elf';
import { LoaderError } from './images';
import { tooSmall } from './linux';

/** [Multiboot] Multiboot Specification version 0.6.96. Header fields (3.1.1), offsets from the magic number. */
const MAGIC = 0x1badb002;
const Header = { FLAGS: 4, CHECKSUM: 8, ADDRESS: 12, LOAD: 16, LOAD_END: 20, BSS_END: 24, ENTRY: 28 } as const;
/** The header lies within the first 8192 bytes, 32-bit aligned (3.1). */
const SEARCHED = 8192;
const FLAG_ADDRESSES_VALID = 1 << 16;
/** Requirements that this loader meets: modules on page boundaries, memory information. Bits 0-15 are requirements (3.1.2). */
const MET = 0x0003;
const REQUIREMENTS = 0xffff;

/** Boot information (3.3): offsets, and the flags of what is in it. */
const Information = {
  FLAGS: 0,
  COMMAND_LINE: 16,
  MODULE_COUNT: 20,
  MODULES: 24,
  MAP_BYTES: 44,
  MAP: 48,
  LOADER_NAME: 64,
};
const INFORMATION_BYTES = 88;
const GIVEN_MEMORY = 1 << 0;
const GIVEN_COMMAND_LINE = 1 << 2;
const GIVEN_MODULES = 1 << 3;
const GIVEN_MAP = 1 << 6;
const GIVEN_LOADER_NAME = 1 << 9;
const MODULE_ENTRY = 16;

/** Where QEMU's multiboot option ROMs take the boot information to be; the memory map that they fill in comes behind it. */
const INFORMATION = 0x9000;
/** Low memory up to here is free for it; the map needs room for the entries of a BIOS. */
const INFORMATION_END = 0x10000;
const MAP_ROOM = 1024;
/** Below lie the BIOS, the option ROM and the boot information. */
const LOWEST_LOAD = 0x100000;
const BIOS_RESERVE = 0x40000;
const PAGE = 0x1000;
const LOADER_NAME = 'selfio';

/** A stretch of guest memory and the bytes of a file that belong there; `module` undefined means the kernel file. */
export interface PlacedPart {
  address: number;
  module: number | undefined;
  /** Offset in the file. */
  offset: number;
  bytes: number;
}

export interface MultibootModule {
  bytes: number;
  /** Name and arguments, given to the kernel with the module. */
  commandLine: string;
}

/** Kernel and modules in ascending order of address, from the first byte to one past the last that the option ROM copies. */
export interface MultibootBoot {
  entry: number;
  start: number;
  end: number;
  parts: PlacedPart[];
  information: Uint8Array;
  informationAddress: number;
}

interface PlacedKernel {
  entry: number;
  parts: PlacedPart[];
  /** One past the last byte that the kernel occupies, its zeroed data included. */
  end: number;
}

/**
 * Place a Multiboot kernel (ELF, or by the addresses in its header) and its modules.
 *
 * @throws LoaderError when it is none, asks for what this loader does not give, or does not fit
 */
export function placeMultiboot(
  kernel: Uint8Array,
  modules: readonly MultibootModule[],
  commandLine: string,
  ramBytes: number,
): MultibootBoot {
  const header = findHeader(kernel);
  const placed = header.flags & FLAG_ADDRESSES_VALID ? placeByHeader(kernel, header) : placeElf(kernel);
  const start = Math.min(...placed.parts.map(({ address }) => address));
  if (start < LOWEST_LOAD) {
    throw new LoaderError(
      `the kernel wants to be at ${hexadecimal(start)}h, over BIOS and loader; link it above 100000h`,
    );
  }
  const parts = placed.parts.sort((one, other) => one.address - other.address);
  let end = placed.end;
  const places = modules.map(({ bytes }, module) => {
    const address = Math.ceil(end / PAGE) * PAGE;
    if (bytes > 0) parts.push({ address, module, offset: 0, bytes });
    end = address + bytes;
    return { address, end };
  });
  if (end > ramBytes - BIOS_RESERVE) throw tooSmall('the kernel with its modules', end, ramBytes);
  const information = describe(places, modules, commandLine);
  return { entry: placed.entry, start, end, parts, information, informationAddress: INFORMATION };
}

interface FoundHeader {
  /** Offset in the file. */
  at: number;
  flags: number;
  view: DataView;
}

function findHeader(kernel: Uint8Array): FoundHeader {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const last = Math.min(SEARCHED, kernel.length) - 12;
  let seen = false;
  for (let at = 0; at <= last; at += 4) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    seen = true;
    const flags = view.getUint32(at + Header.FLAGS, true);
    if ((MAGIC + flags + view.getUint32(at + Header.CHECKSUM, true)) % 2 ** 32 !== 0) continue;
    const unmet = flags & REQUIREMENTS & ~MET;
    if (unmet !== 0)
      throw new LoaderError(`the Multiboot header requires ${hexadecimal(unmet)}h, which is not offered`);
    return { at, flags, view };
  }
  throw new LoaderError(
    seen
      ? "the Multiboot header's checksum is wrong; obtain the file anew"
      : 'no Multiboot header in the first 8 KiB; name a Multiboot kernel, or another loader',
  );
}

/** 3.1.3: load addresses in the header, for files that are not ELF. */
function placeByHeader(kernel: Uint8Array, { at, view }: FoundHeader): PlacedKernel {
  if (at + Header.ENTRY + 4 > kernel.length) throw new LoaderError('the file ends inside its Multiboot header');
  const field = (offset: number) => view.getUint32(at + offset, true);
  const load = field(Header.LOAD);
  const offset = at - (field(Header.ADDRESS) - load);
  const loadEnd = field(Header.LOAD_END) || load + kernel.length - offset;
  const bytes = loadEnd - load;
  if (offset < 0 || bytes <= 0 || offset + bytes > kernel.length) {
    throw new LoaderError("the Multiboot header's load addresses lie outside the file");
  }
  const end = Math.max(loadEnd, field(Header.BSS_END));
  return { entry: field(Header.ENTRY), parts: [{ address: load, module: undefined, offset, bytes }], end };
}

function placeElf(kernel: Uint8Array): PlacedKernel {
  const elf = readSegments(kernel);
  if (!elf) throw new LoaderError('the Multiboot kernel is no ELF file and its header gives no load addresses');
  const parts = elf.images.map(({ address, bytes }) => {
    return { address, module: undefined, offset: bytes.byteOffset - kernel.byteOffset, bytes: bytes.length };
  });
  return { entry: elf.entry, parts: parts.filter(({ bytes }) => bytes > 0), end: elf.end };
}

/** Boot information with module list and strings behind it; the option ROM adds sizes of memory and the map. */
function describe(
  places: { address: number; end: number }[],
  modules: readonly MultibootModule[],
  commandLine: string,
): Uint8Array {
  const texts = [commandLine, LOADER_NAME, ...modules.map((module) => module.commandLine)].map((text) =>
    new TextEncoder().encode(`${text}\0`),
  );
  const list = INFORMATION_BYTES;
  const textStart = list + modules.length * MODULE_ENTRY;
  const size = Math.ceil((textStart + texts.reduce((sum, { length }) => sum + length, 0)) / 16) * 16;
  if (INFORMATION + size + MAP_ROOM > INFORMATION_END) {
    throw new LoaderError('the command lines of kernel and modules are longer than 26 KiB; shorten them');
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const set = (offset: number, value: number) => view.setUint32(offset, value, true);
  let at = textStart;
  const addresses = texts.map((text) => {
    bytes.set(text, at);
    at += text.length;
    return INFORMATION + at - text.length;
  });
  set(Information.FLAGS, GIVEN_MEMORY | GIVEN_COMMAND_LINE | GIVEN_MODULES | GIVEN_MAP | GIVEN_LOADER_NAME);
  set(Information.COMMAND_LINE, addresses[0]!);
  set(Information.LOADER_NAME, addresses[1]!);
  set(Information.MODULE_COUNT, modules.length);
  set(Information.MODULES, INFORMATION + list);
  set(Information.MAP, INFORMATION + size);
  places.forEach(({ address, end }, index) => {
    set(list + index * MODULE_ENTRY, address);
    set(list + index * MODULE_ENTRY + 4, end);
    set(list + index * MODULE_ENTRY + 8, addresses[index + 2]!);
  });
  return bytes;
}

function hexadecimal(value: number): string {
  return (value >>> 0).toString(16);
}
