import { GuestError } from '../errors';

/** Offsets in a kernel image of the setup header ([Linux] Documentation/arch/x86/boot, "The Real-Mode Kernel Header"). */
const SETUP_SECTORS = 0x1f1;
const SYSTEM_SIZE = 0x1f4;
const MAGIC = 0x202;
const VERSION = 0x206;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const PREFERRED_ADDRESS = 0x258;

const SECTOR = 512;
const HEADER_MAGIC = 0x53726448; // "HdrS"
/** Protocol 2.08 brought the payload's place into the header. */
const PAYLOAD_VERSION = 0x0208;
/** System size counts units of 16 bytes. */
const PARAGRAPH = 16;

const ELF_MAGIC = 0x464c457f;
const ELF_PROGRAM_OFFSET = 0x1c;
const ELF_PROGRAM_SIZE = 0x2a;
const ELF_PROGRAM_COUNT = 0x2c;
const PROGRAM_LOAD = 1;

/** Where the parts of a kernel image lie. */
export interface BzImage {
  /** Boot sector and setup code: everything before the protected-mode part. */
  readonly setup: Uint8Array;
  /** Compressed kernel, with the four bytes of its uncompressed size that the kernel's build appends. */
  readonly payload: Uint8Array;
  /** Guest-physical address that the kernel is linked for. */
  readonly preferredAddress: number;
}

/**
 * Take a bzImage apart.
 * @throws GuestError when it is none
 */
export function parseBzImage(image: Uint8Array, name: string): BzImage {
  const view = viewOf(image);
  if (image.length < PREFERRED_ADDRESS + 8 || view.getUint32(MAGIC, true) !== HEADER_MAGIC) {
    throw new GuestError(`${name}: not a Linux kernel image (no setup header)`);
  }
  if (view.getUint16(VERSION, true) < PAYLOAD_VERSION) throw new GuestError(`${name}: boot protocol older than 2.08`);
  const protectedMode = ((view.getUint8(SETUP_SECTORS) || 4) + 1) * SECTOR;
  const start = protectedMode + view.getUint32(PAYLOAD_OFFSET, true);
  const end = start + view.getUint32(PAYLOAD_LENGTH, true);
  if (end > image.length) throw new GuestError(`${name}: the kernel image is cut off`);
  return {
    setup: image.subarray(0, protectedMode),
    payload: image.subarray(start, end),
    preferredAddress: Number(view.getBigUint64(PREFERRED_ADDRESS, true)),
  };
}

/**
 * Pack a decompressed kernel behind the setup code of its bzImage, so that a boot loader that knows only bzImages starts it:
 * where the decompressor stood, the kernel's own entry stands now. That spares a boot two billion instructions.
 */
export function packUncompressed(image: BzImage, vmlinux: Uint8Array): Uint8Array {
  const kernel = flatten(vmlinux, image.preferredAddress);
  const packed = Buffer.concat([image.setup, kernel]);
  packed.writeUInt32LE(Math.ceil(kernel.length / PARAGRAPH), SYSTEM_SIZE);
  packed.writeUInt32LE(0, PAYLOAD_OFFSET);
  packed.writeUInt32LE(0, PAYLOAD_LENGTH);
  return packed;
}

/** The loadable segments of a 32-bit ELF file as one piece from guest-physical address `base`. */
function flatten(elf: Uint8Array, base: number): Uint8Array {
  const view = viewOf(elf);
  if (view.getUint32(0, true) !== ELF_MAGIC) throw new GuestError('the decompressed kernel is not an ELF file');
  const table = view.getUint32(ELF_PROGRAM_OFFSET, true);
  const entrySize = view.getUint16(ELF_PROGRAM_SIZE, true);
  const count = view.getUint16(ELF_PROGRAM_COUNT, true);
  const segments = Array.from({ length: count }, (_, index) => {
    const word = (field: number) => view.getUint32(table + index * entrySize + field * 4, true);
    return { type: word(0), offset: word(1), address: word(3), bytes: word(4) };
  }).filter((segment) => segment.type === PROGRAM_LOAD);
  const end = Math.max(...segments.map((segment) => segment.address + segment.bytes));
  const flat = new Uint8Array(end - base);
  for (const { offset, address, bytes } of segments) flat.set(elf.subarray(offset, offset + bytes), address - base);
  return flat;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
