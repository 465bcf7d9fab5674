import { createHash } from 'node:crypto';
import { loadProgram, TOUR_DISK_SECTORS } from '../../guest/programs';
import { consoleUart, machineConfig } from '../../hypervisor/config';
import { Machine } from '../../hypervisor/machine';
import { Outcome } from '../../hypervisor/run-loop';
import { type CostModel, FREE_TRANSITIONS } from '../../hypervisor/time/cost-model';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';
import { costOption, DEFAULT_COST } from '../costs';
import { loadFirmware } from '../firmware';
import { checkOutput, parseOptions, parsePlacements } from '../options';
import { type MachineSummary, summarize } from '../summary';
import { groupDigits, renderTable } from '../table';
import { toJson, writeOutput } from '../write-output';

const HELP = `npm start [-- options]: run the built-in guest with every device reflected into its own firmware, and again
with the same devices inside the hypervisor; compare what the guest saw.

  --placement P compare with this placement, not with inkernel (names as for 'boot'). An emulator of another make, such as ide=reference, must agree
                in console and disk only: it is busy for other times, and so gets other numbers of polls
  --cost MODEL  what is charged: a cost model or a JSON file (default modern-x86)
  --json FILE   also write the result as JSON
  --help        this text

The exit code is 0 when the guest passed and saw the same under both placements, else 1.
`;

const OPTIONS = {
  '--placement': String,
  '--cost': String,
  '--json': String,
  '--help': Boolean,
  '-h': '--help',
} as const;

const USUAL = 'inkernel';
/** Virtual nanoseconds after which a guest that does not end is stopped: a hundred times what the tour takes. */
const TIME_LIMIT = 60e9;

interface TourRun {
  placement: string;
  summary: MachineSummary;
  console: string;
  /** SHA-256 of the disk after the run. */
  disk: string;
  /** Milliseconds on the host. */
  wallTime: number;
  ended: boolean;
}

export async function tour(words: string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words);
  if (options['--help']) {
    process.stdout.write(HELP);
    return 0;
  }
  const json = options['--json'];
  if (json) checkOutput('--json', json);
  const cost = costOption(options['--cost'] ?? DEFAULT_COST);
  const firmware = await loadFirmware();
  const placements = ['reflect', options['--placement'] ?? USUAL];
  const emulates = parsePlacements(placements.slice(1)).emulator !== undefined;
  const charged = placements.map((placement) => runTour(firmware, placement, cost));
  const free = placements.map((placement) => runTour(firmware, placement, FREE_TRANSITIONS));
  const traces = compareTraces(free);
  const differences = emulates ? compareOutput(free) : [...compareOutput(free), ...traces];
  const passed = [...charged, ...free].every(({ ended, console }) => ended && console.includes('failures: 0'));
  process.stdout.write(render(charged, traces, emulates ? EMULATOR_NOTE : EQUALITY_NOTE, verdict(differences, passed)));
  if (json) writeOutput(json, toJson({ costModel: cost, runs: charged, equalityRuns: free, differences, passed }));
  return differences.length === 0 && passed ? 0 : 1;
}

/** Memory of the machine before, which the next one takes over. */
let spare: Machine | undefined;

function runTour(firmware: WebAssembly.Module, placement: string, cost: CostModel): TourRun {
  const sent: number[] = [];
  const disk = new MemoryDisk(tourDisk());
  const config = machineConfig(firmware, loadProgram('tour'), {
    ramBytes: 2 ** 20,
    drives: [{ disk, cdrom: false }],
    uarts: [consoleUart((byte) => sent.push(byte))],
    ...parsePlacements([placement]),
    cost,
  });
  const machine = new Machine(config, spare);
  spare = machine;
  const start = performance.now();
  const { outcome } = machine.run(TIME_LIMIT);
  const wallTime = performance.now() - start;
  machine.platform.flush();
  machine.platform.close();
  return {
    placement,
    summary: summarize(machine),
    console: String.fromCharCode(...sent),
    disk: createHash('sha256').update(disk.bytes).digest('hex'),
    wallTime,
    ended: outcome === Outcome.HALTED,
  };
}

/** A disk of 1 MiB whose every byte follows from its position. */
function tourDisk(): Uint8Array {
  const bytes = new Uint8Array(Math.max(TOUR_DISK_SECTORS * 512, 2 ** 20));
  for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 31) ^ (index >> 9);
  return bytes;
}

/** What came of the two runs that differs, one line each. */
function compareOutput([first, second]: TourRun[]): string[] {
  const differences: string[] = [];
  if (first!.console !== second!.console) differences.push('console bytes differ');
  if (first!.disk !== second!.disk) differences.push('disk contents differ');
  return differences;
}

/** What the guest saw differently under the second placement, one line for each device. */
function compareTraces([first, second]: TourRun[]): string[] {
  const differences: string[] = [];
  const names = new Set([...Object.keys(first!.summary.devices), ...Object.keys(second!.summary.devices)]);
  for (const name of names) {
    if (first!.summary.devices[name]?.trace !== second!.summary.devices[name]?.trace) {
      differences.push(`${name}: values read or interrupt edges differ`);
    }
  }
  return differences;
}

const EQUALITY_NOTE =
  ', so that\nnot even the number of polls may differ: values read, interrupt edges, console bytes and disk contents.';
const EMULATOR_NOTE =
  '. An\nemulator of another make is busy for other times and gets other numbers of polls; console bytes and disk contents must be equal.';
const COLUMNS = ['accesses', 'vm exits', 'reflections', 'hypercalls', 'ring requests', 'events', 'interrupts'];

function render(runs: TourRun[], traces: string[], note: string, conclusion: string): string {
  const devices = Object.keys(runs[0]!.summary.devices);
  const rows = devices.flatMap((device) =>
    runs.map(({ summary }) => [
      `${device} ${summary.placement[device]}`,
      ...COLUMNS.map((column) => summary.devices[device]?.counters[column] ?? 0),
      traces.some((line) => line.startsWith(`${device}:`)) ? 'NO' : 'yes',
    ]),
  );
  const totals = runs.map(({ placement, summary, wallTime }) => [
    placement,
    groupDigits(summary.instructions),
    `${groupDigits(summary.virtualTime / 1e6)} ms`,
    `${groupDigits(summary.charged.hypervisor! / 1e6)} ms`,
    `${groupDigits(summary.charged.firmware! / 1e6)} ms`,
    `${groupDigits(Math.round(wallTime))} ms`,
  ]);
  return [
    runs[0]!.console.replaceAll('\r', ''),
    renderTable(['device, placement', ...COLUMNS, 'trace equal'], rows),
    '',
    renderTable(['placement', 'instructions', 'virtual time', 'in hypervisor', 'in firmware', 'wall time'], totals),
    '',
    `Costs: model ${runs[0]!.summary.costModel}. Equality is checked in runs of their own in which transitions are free${note}`,
    conclusion,
    '',
  ].join('\n');
}

function verdict(differences: string[], passed: boolean): string {
  if (!passed) return 'FAILED: the guest did not pass its own checks.';
  if (differences.length > 0) return `FAILED: the guest could tell the placements apart: ${differences.join('; ')}.`;
  return 'The guest passed and could not tell the placements apart.';
}
