import { cpus } from 'node:os';
import { loadProgram, PROGRAMS, type ProgramName } from '../../guest/programs';
import { allPlaced, machineConfig, placementByName } from '../../hypervisor/config';
import { Machine } from '../../hypervisor/machine';
import { Outcome } from '../../hypervisor/run-loop';
import { UsageError } from '../errors';
import { loadFirmware } from '../firmware';
import { checkOutput, count, parseOptions } from '../options';
import { ProgressBar } from '../report/progress';
import { renderTable } from '../table';
import { toJson, writeOutput } from '../write-output';
import { counterCost } from './bench-counters';
import { peerFigures, renderPeers } from './bench-peers';
import { BULK_METHODS, BulkBench } from './bulk';

const HELP = `npm run bench [-- options]: how fast guest code runs (MIPS of loops of arithmetic, memory accesses and calls), how many
port reads per second there are under four placements, how long a thread takes to wake up for one (ioemu+live), and what counting
accesses costs. All figures but the one called cold are taken after a warm-up.

  --bulk          instead: megabytes per second of string I/O, fw_cfg and the disk
  --peers         instead: the same loops, and Linux to its shell, on v86 and on QEMU where it is installed, with ratios
  --json FILE     also write the figures as JSON
  --repeat N      runs of each loop; the median counts (default 5)
  --help          this text
`;

/** Loops of guest code, and port reads under the placements to compare. */
const CPU_LOOPS: ProgramName[] = ['bench-alu', 'bench-memory', 'bench-call'];
const PORT_LOOP = 'bench-port-read';
const PLACEMENTS = ['inkernel', 'reflect', 'reflect+shadow', 'ioemu'];
const LIVE = 'ioemu+live';
/** Runs of each loop until V8 has optimised what it needs. */
const WARM_UP = 5;
const LIVE_READS = 2000;

const OPTIONS = {
  '--bulk': Boolean,
  '--peers': Boolean,
  '--json': String,
  '--repeat': count,
  '--help': Boolean,
  '-h': '--help',
} as const;

interface Figure {
  name: string;
  unit: string;
  median: number;
  lowest: number;
  highest: number;
}

export async function bench(words: string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words);
  if (options['--help']) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options['--bulk'] && options['--peers'])
    throw new UsageError('--bulk --peers: choose one; each measures other things');
  const json = options['--json'];
  if (json) checkOutput('--json', json);
  const repeat = options['--repeat'] ?? 5;
  const firmware = await loadFirmware();
  if (options['--peers']) return benchPeers(firmware, repeat, json);
  const figures = options['--bulk'] ? bulkFigures(firmware, repeat) : speedFigures(firmware, repeat);
  const host = describeHost();
  process.stdout.write(`${renderFigures(figures)}\n${host.processor}, Node ${host.node}\n`);
  if (json) writeOutput(json, toJson({ host, figures }));
  return 0;
}

async function benchPeers(firmware: WebAssembly.Module, repeat: number, json: string | undefined): Promise<number> {
  const figures = await peerFigures(firmware, repeat);
  const host = describeHost();
  process.stdout.write(`${renderPeers(figures)}\n${host.processor}, Node ${host.node}\n`);
  if (json) writeOutput(json, toJson({ host, figures }));
  return 0;
}

function describeHost(): { processor: string; node: string } {
  return { processor: cpus()[0]?.model ?? 'unknown', node: process.version };
}

/** Cold is the first run of a process, in which V8 still optimises the interpreter; for all others it has done so. */
function speedFigures(firmware: WebAssembly.Module, repeat: number): Figure[] {
  const loops = CPU_LOOPS.map(
    (loop) => () => measure(`${loop.slice(6)} loop`, 'MIPS', repeat, () => mips(firmware, loop), WARM_UP),
  );
  const reads = PLACEMENTS.map(
    (name) => () => measure(`port reads, ${name}`, 'M/s', repeat, () => portReads(firmware, name), WARM_UP),
  );
  return inTurn([
    () => measure('alu loop, cold', 'MIPS', 1, () => mips(firmware, 'bench-alu')),
    ...loops,
    ...reads,
    () => measure('wake-up, ioemu+live', 'µs', repeat, () => wakeUp(firmware)),
    () => ({ name: 'counters, of reflected reads', unit: '%', ...counterCost(repeat) }),
  ]);
}

function bulkFigures(firmware: WebAssembly.Module, repeat: number): Figure[] {
  const bulk = new BulkBench(firmware);
  try {
    return inTurn(BULK_METHODS.map((method) => () => measure(method.name, 'MB/s', repeat, () => bulk.run(method))));
  } finally {
    bulk.close();
  }
}

function inTurn(measurements: (() => Figure)[]): Figure[] {
  const bar = new ProgressBar('bench');
  const figures = measurements.map((measurement, index) => {
    bar.show(index / measurements.length);
    return measurement();
  });
  bar.clear();
  return figures;
}

function renderFigures(figures: Figure[]): string {
  const digits = (value: number) => value.toFixed(value < 100 ? 2 : 0);
  const rows = figures.map(({ name, unit, median, lowest, highest }) => [
    name,
    `${digits(median)} ${unit}`,
    digits(lowest),
    digits(highest),
  ]);
  return renderTable(['figure', 'median', 'lowest', 'highest'], rows);
}

/** @param warmUp runs before those that count */
function measure(name: string, unit: string, repeat: number, run: () => number, warmUp = 0): Figure {
  for (let count = 0; count < warmUp; count++) run();
  const values = Array.from({ length: repeat }, run).sort((a, b) => a - b);
  return { name, unit, median: values[values.length >> 1]!, lowest: values[0]!, highest: values.at(-1)! };
}

let spare: Machine | undefined;

/** Run a program to its end; the milliseconds that it took. */
function time(
  firmware: WebAssembly.Module,
  program: ProgramName,
  placement: string,
): [machine: Machine, milliseconds: number] {
  const placements = allPlaced(placementByName(placement)!);
  const machine = new Machine(machineConfig(firmware, loadProgram(program), { ramBytes: 2 ** 20, placements }), spare);
  spare = machine;
  const start = performance.now();
  const { outcome, summary } = machine.run(Number.POSITIVE_INFINITY);
  if (outcome !== Outcome.HALTED) throw new Error(`${program} did not end: ${summary}`);
  return [machine, performance.now() - start];
}

function mips(firmware: WebAssembly.Module, program: ProgramName): number {
  const [machine, milliseconds] = time(firmware, program, 'inkernel');
  return machine.vcpu.instructions / milliseconds / 1000;
}

/** Microseconds from the signal to the other thread running: the median of a run. */
function wakeUp(firmware: WebAssembly.Module): number {
  const there: number[] = [];
  const meter = {
    now: () => process.hrtime.bigint(),
    clock: new URL('./host-clock.mjs', import.meta.url).href,
    measured: (nanoseconds: number) => there.push(nanoseconds),
  };
  const changes = { ramBytes: 2 ** 20, placements: allPlaced(placementByName(LIVE)!), meter };
  const machine = new Machine(machineConfig(firmware, loadProgram(PORT_LOOP, LIVE_READS), changes), spare);
  spare = machine;
  machine.run(Number.POSITIVE_INFINITY);
  machine.platform.close();
  return there.sort((a, b) => a - b)[there.length >> 1]! / 1000;
}

function portReads(firmware: WebAssembly.Module, placement: string): number {
  const [, milliseconds] = time(firmware, PORT_LOOP, placement);
  return PROGRAMS[PORT_LOOP].parameter / milliseconds / 1000;
}
