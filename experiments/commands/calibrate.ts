import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type CostDescription, DEFAULT_COST, type Figure, MEASURED, MEASURED_FILE, readCostModel } from '../costs';
import { UsageError } from '../errors';
import { parseOptions } from '../options';
import { renderTable } from '../table';
import { toJson, writeOutput } from '../write-output';

const HELP = `npm start -- calibrate: measure system call, thread wake-up and context switch on this machine, and write the cost model
${MEASURED} to ${MEASURED_FILE}. What an ordinary process cannot measure (VM exits, hypercalls) is taken
from ${DEFAULT_COST}. A few seconds.

  --help   this text
`;

type Spread = Pick<Figure, 'value' | 'low' | 'high'>;

const PING_PONG = join(import.meta.dirname, '..', 'costs', 'ping-pong.mjs');
const CALLS = 200_000;
const BATCHES = 9;

export async function calibrate(words: string[]): Promise<number> {
  const options = parseOptions({ '--help': Boolean, '-h': '--help' }, words);
  if (options['--help']) {
    process.stdout.write(HELP);
    return 0;
  }
  const { model, measured } = measuredModel();
  try {
    mkdirSync(dirname(MEASURED_FILE), { recursive: true });
    writeOutput(MEASURED_FILE, toJson(model));
  } catch (error) {
    throw new UsageError(`${MEASURED_FILE}: ${(error as Error).message}`);
  }
  const rows = measured.map((name) => {
    const { value, low, high, source } = model.figures[name];
    return [`${name}: ${source}`, `${value} ns`, low, high];
  });
  process.stdout.write(
    `${renderTable(['figure', 'median', 'lowest', 'highest'], rows)}\nwritten to ${MEASURED_FILE}\n`,
  );
  return 0;
}

type MeasuredName = 'systemCall' | 'domain0Schedule' | 'domainSwitch';

function measuredModel(): { model: CostDescription; measured: MeasuredName[] } {
  const wakeUp = pingPong([]);
  if (!wakeUp) throw new Error('two threads could not wake each other');
  const oneProcessor = pingPong(['taskset', '-c', '0']);
  const measured: Record<MeasuredName, Figure> = {
    systemCall: figure(systemCall(), 'getuid through Node, which adds its way into native code'),
    domain0Schedule: figure(wakeUp, 'one thread wakes another by Atomics, either processor'),
    domainSwitch: oneProcessor
      ? figure(oneProcessor, 'two threads wake each other on one processor (taskset)')
      : figure(wakeUp, 'as the wake-up of a thread, since taskset is not installed', 'derived'),
  };
  const base = readCostModel(DEFAULT_COST);
  const description = `Measured on ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}; the rest from ${base.name}.`;
  const model = { name: MEASURED, description, figures: { ...base.figures, ...measured } };
  return { model, measured: Object.keys(measured) as MeasuredName[] };
}

function figure(spread: Spread, source: string, confidence: Figure['confidence'] = 'measured'): Figure {
  return { ...spread, unit: 'ns', source, confidence };
}

/** The cheapest system call that Node makes without a buffer or a string. */
function systemCall(): Spread {
  const call = process.getuid;
  if (!call) throw new UsageError('calibrate: this operating system has no getuid to measure');
  const times = Array.from({ length: BATCHES }, () => {
    const start = process.hrtime.bigint();
    for (let count = 0; count < CALLS; count++) call();
    return Math.round(Number(process.hrtime.bigint() - start) / CALLS);
  }).sort((a, b) => a - b);
  return { value: times[BATCHES >> 1]!, low: times[0]!, high: times[BATCHES - 1]! };
}

/** Nanoseconds of one wake-up, in a process of its own started through `prefix`; undefined when that cannot be started. */
function pingPong(prefix: string[]): Spread | undefined {
  const [command, ...rest] = [...prefix, process.execPath, PING_PONG];
  const { status, stdout } = spawnSync(command!, rest, { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? JSON.parse(stdout) : undefined;
}
