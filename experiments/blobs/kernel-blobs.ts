import { basename } from 'node:path';
import { LINUX_HEAD, prepareLinuxRom } from '../../guest/loaders/linux-rom';
import { type MultibootBoot, placeMultiboot } from '../../guest/loaders/multiboot';
import { HostFile, memoryPiece, type Piece, zeroPiece } from '../../pv-drivers/backend/concatenated-disk';
import { UsageError } from '../errors';
import { explain, readInput } from '../options';
import type { BlobDisk } from './blob-disk';

/** Selector keys of what a boot loader copies ([FWCFG]; numbers as in qemu/standard-headers fw_cfg). Sizes the firmware knows. */
const Key = {
  KERNEL_ADDRESS: 0x07,
  INITRD_ADDRESS: 0x0a,
  KERNEL_ENTRY: 0x10,
  KERNEL_DATA: 0x11,
  INITRD_DATA: 0x12,
  COMMAND_LINE_ADDRESS: 0x13,
  COMMAND_LINE_DATA: 0x15,
  SETUP_ADDRESS: 0x16,
  SETUP_DATA: 0x18,
} as const;

/** A kernel and what comes with it, as the user names them. */
export interface KernelFiles {
  kernel: string;
  /** Linux: one file. Multiboot: modules, each `FILE ARGUMENTS`, separated by commas. */
  initrd: string | undefined;
  commandLine: string;
  ramBytes: number;
}

/** Items for the LinuxBoot option ROMs. @throws LoaderError, UsageError */
export function addLinux(disk: BlobDisk, { kernel, initrd, commandLine, ramBytes }: KernelFiles): void {
  const file = openInput('--kernel', kernel);
  const initrdFile = initrd === undefined ? undefined : openInput('--initrd', initrd);
  const head = new Uint8Array(Math.min(LINUX_HEAD, file.bytes));
  file.piece().read(0, head, 0, head.length);
  const initrdBytes = initrdFile?.bytes ?? 0;
  const plan = prepareLinuxRom({ head, kernelBytes: file.bytes, initrdBytes, commandLine, ramBytes });
  disk
    .addNumber(Key.KERNEL_ADDRESS, plan.kernelAddress)
    .add(Key.KERNEL_DATA, file.piece(plan.kernelOffset))
    .addNumber(Key.COMMAND_LINE_ADDRESS, plan.commandLineAddress)
    .add(Key.COMMAND_LINE_DATA, memoryPiece(plan.commandLine))
    .addNumber(Key.SETUP_ADDRESS, plan.setupAddress)
    .add(Key.SETUP_DATA, memoryPiece(plan.setup));
  if (initrdFile) disk.addNumber(Key.INITRD_ADDRESS, plan.initrdAddress).add(Key.INITRD_DATA, initrdFile.piece());
}

/** Items for the multiboot option ROMs: kernel and modules as one stretch of memory. @throws LoaderError, UsageError */
export function addMultiboot(disk: BlobDisk, { kernel, initrd, commandLine, ramBytes }: KernelFiles): void {
  const modules = (initrd === undefined ? [] : initrd.split(',')).map((words) => {
    const path = words.trim().split(' ', 1)[0]!;
    return { file: openInput('--initrd', path), commandLine: words.trim().replace(path, basename(path)) };
  });
  const described = modules.map(({ file, commandLine }) => ({ bytes: file.bytes, commandLine }));
  const plan = placeMultiboot(readInput('--kernel', kernel), described, `${kernel} ${commandLine}`.trim(), ramBytes);
  const kernelFile = openInput('--kernel', kernel);
  const fileOf = (module: number | undefined) => (module === undefined ? kernelFile : modules[module]!.file);
  disk
    .addNumber(Key.KERNEL_ADDRESS, plan.start)
    .addNumber(Key.KERNEL_ENTRY, plan.entry)
    .add(Key.KERNEL_DATA, ...stretch(plan, fileOf))
    .addNumber(Key.INITRD_ADDRESS, plan.informationAddress)
    .add(Key.INITRD_DATA, memoryPiece(plan.information));
}

/** The parts with zeros between them. */
function stretch({ start, end, parts }: MultibootBoot, fileOf: (module: number | undefined) => HostFile): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  for (const { address, module, offset, bytes } of parts) {
    pieces.push(zeroPiece(address - at), fileOf(module).piece(offset, bytes));
    at = address + bytes;
  }
  return [...pieces, zeroPiece(end - at)];
}

/** Open a file that the user named. @throws UsageError */
export function openInput(option: string, path: string): HostFile {
  try {
    return HostFile.open(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${explain(error as NodeJS.ErrnoException)}`);
  }
}
