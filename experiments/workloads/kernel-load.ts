import { loadProgram, type ProgramName } from '../../guest/programs';
import { DEVICE_ROM_CARD } from '../../hypervisor/abi/devices';
import { PCI_DEVICES } from '../../hypervisor/config';
import { zeroPiece } from '../../pv-drivers/backend/concatenated-disk';
import { BlobDisk } from '../blobs/blob-disk';
import { BATCH_LIMITS } from '../options';
import { diskWorkload, ringDiskWorkload, type Workload } from './programs';

/** A way to bring a kernel into a guest. */
export interface LoadMethod {
  name: string;
  /** Bytes of string I/O in one exit at most. */
  limit: number;
  /** Bytes of which the measured runs are multiples: they hold requests of every size that the way has. */
  unit: number;
  workload(bytes: number): Workload;
  /** The only placement with which it makes sense, if there is one. */
  placement?: string;
}

const MIB = 2 ** 20;
const SECTOR = 512;
const INITRD_KEY = 0x12;
/** Sectors of one command, and of one request on the ring: 128 KiB. */
const COMMAND_SECTORS = 256;

/** A program that copies `bytes` of the initial RAM disk, and the machine for that. */
function copying(program: ProgramName, bytes: number): Workload {
  const blobs = new BlobDisk().add(INITRD_KEY, zeroPiece(bytes)).config();
  const ramBytes = 2 * MIB + Math.ceil(bytes / MIB) * MIB;
  return { image: loadProgram(program, bytes), changes: { ...blobs, ramBytes } };
}

const fwCfg = (program: ProgramName) => (bytes: number) => copying(program, bytes);

function romCard(bytes: number): Workload {
  const { image, changes } = copying('bench-rom-card', bytes);
  return { image, changes: { ...changes, devices: PCI_DEVICES | (1 << DEVICE_ROM_CARD) } };
}

/** REP INSB with the batches that people had or asked for, and what they compared it with. */
export const LOAD_METHODS: readonly LoadMethod[] = [
  { name: 'rep insb, element', limit: BATCH_LIMITS.element!, unit: 1 << 14, workload: fwCfg('bench-string-bytes') },
  { name: 'rep insd, element', limit: BATCH_LIMITS.element!, unit: 1 << 16, workload: fwCfg('bench-string-longs') },
  { name: 'rep insb, 1024 bytes', limit: BATCH_LIMITS['1024']!, unit: MIB, workload: fwCfg('bench-string-bytes') },
  { name: 'rep insb, page', limit: BATCH_LIMITS.page!, unit: MIB, workload: fwCfg('bench-string-bytes') },
  { name: 'rep insb, unlimited', limit: BATCH_LIMITS.unlimited!, unit: 2 * MIB, workload: fwCfg('bench-string-bytes') },
  { name: 'fw_cfg DMA', limit: BATCH_LIMITS.unlimited!, unit: 2 * MIB, workload: fwCfg('bench-fw-cfg-dma') },
  { name: 'ROM card, 64 KiB window', limit: BATCH_LIMITS.unlimited!, unit: 2 * MIB, workload: romCard },
  {
    name: 'disk, READ SECTORS',
    limit: BATCH_LIMITS.unlimited!,
    unit: MIB,
    workload: (bytes) => diskWorkload('READ SECTORS', COMMAND_SECTORS, bytes / SECTOR / COMMAND_SECTORS),
  },
  {
    name: 'disk, bus-master DMA',
    limit: BATCH_LIMITS.unlimited!,
    unit: MIB,
    workload: (bytes) => diskWorkload('bus-master DMA', COMMAND_SECTORS, bytes / SECTOR / COMMAND_SECTORS),
  },
  {
    name: 'hidden PV disk',
    limit: BATCH_LIMITS.unlimited!,
    unit: 2 * MIB,
    workload: (bytes) => ringDiskWorkload(1, COMMAND_SECTORS, bytes / SECTOR / COMMAND_SECTORS),
    placement: 'pv',
  },
];
