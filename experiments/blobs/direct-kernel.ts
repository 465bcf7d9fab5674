import { loadLinux } from '../../guest/loaders/linux';
import { loadProgram } from '../../guest/programs';
import { bootImage, type MachineConfig } from '../../hypervisor/config';
import { memoryPiece } from '../../pv-drivers/backend/concatenated-disk';
import { readInput } from '../options';
import { type KernelFiles, openInput } from './kernel-blobs';

/**
 * A Linux kernel that is in memory when the processor starts, and the program that enters it in a BIOS's place. The files are read
 * straight into guest RAM when the machine is made, and again at each reset.
 *
 * @throws LoaderError, UsageError
 */
export function directLinux({
  kernel,
  initrd,
  commandLine,
  ramBytes,
}: KernelFiles): Pick<MachineConfig, 'bios' | 'images'> {
  const file = readInput('--kernel', kernel);
  const kernelFile = openInput('--kernel', kernel);
  const initrdFile = initrd === undefined ? undefined : openInput('--initrd', initrd);
  const initrdBytes = initrdFile?.bytes ?? 0;
  const { images, entry, initrdAddress } = loadLinux({ kernel: file, initrdBytes, commandLine, ramBytes });
  const placed = images.map(({ address, bytes }) => {
    const inFile = bytes.buffer === file.buffer;
    const piece = inFile ? kernelFile.piece(bytes.byteOffset - file.byteOffset, bytes.length) : memoryPiece(bytes);
    return bootImage(address, piece);
  });
  if (initrdFile) placed.push(bootImage(initrdAddress, initrdFile.piece()));
  return { bios: loadProgram('linux-entry', entry), images: placed };
}
