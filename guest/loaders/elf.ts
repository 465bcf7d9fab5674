import { type LoadedImage, LoaderError, type MemoryImage } from './images';

/** [ELF] System V ABI, chapter 4 and 5: identification, and what must stand there for a 386 executable. */
const ELF_MAGIC = 0x464c457f;
const CLASS_32_LITTLE_ENDIAN = 0x0101;
const MACHINE_386 = 3;
const LOADABLE = 1;

/**
 * The loadable segments of an i386 ELF executable at their physical addresses, with the entry point as the file gives it (Linux
 * gives a physical one); undefined when the file is no ELF file at all.
 *
 * @throws LoaderError for an ELF file of another machine, or one that ends too early
 */
export function readSegments(file: Uint8Array): LoadedImage | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 52 || view.getUint32(0, true) !== ELF_MAGIC) return undefined;
  if (view.getUint16(4, true) !== CLASS_32_LITTLE_ENDIAN || view.getUint16(18, true) !== MACHINE_386) {
    throw new LoaderError('this ELF file is not for a 32-bit x86 processor; name an i386 kernel');
  }
  const table = view.getUint32(28, true);
  const size = view.getUint16(42, true);
  const images: MemoryImage[] = [];
  let end = 0;
  for (let index = 0; index < view.getUint16(44, true); index++) {
    const at = table + index * size;
    if (at + 32 > file.length) throw new LoaderError('the ELF file ends inside its program headers; obtain it anew');
    if (view.getUint32(at, true) !== LOADABLE) continue;
    const offset = view.getUint32(at + 4, true);
    const bytes = file.subarray(offset, offset + view.getUint32(at + 16, true));
    if (bytes.length !== view.getUint32(at + 16, true)) {
      throw new LoaderError('the ELF file ends inside a segment; obtain it anew');
    }
    const address = view.getUint32(at + 12, true);
    images.push({ address, bytes });
    end = Math.max(end, address + view.getUint32(at + 20, true));
  }
  if (images.length === 0) throw new LoaderError('the ELF file has nothing to load');
  return { images, entry: view.getUint32(24, true), end };
}
