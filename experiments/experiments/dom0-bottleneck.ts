import { type CostDescription, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { diskWorkload, SERIAL_WAYS, serialWorkload, type Workload } from '../workloads/programs';
import { Random } from '../workloads/random';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Plot, Table } from './experiment';

const PLACEMENTS = ['reflect', 'ioemu'];
const GUESTS = [3, 10, 30, 100, 300, 1000];
/** Nanoseconds that a guest computes between two requests, in the mean; a noisy one does not rest. */
const THINK = 50e6;
const REQUESTS = 20_000;
const SECTORS = 8;
/** Characters of a line on the serial console, sent by interrupt through the FIFO. */
const LINE = 80;
/** Of the latencies, in percent. */
const PERCENTILES = [10, 50, 90, 99, 100];
/** Guests in the drawing of the distribution. */
const DRAWN = 300;

export const dom0Bottleneck: Experiment = {
  name: 'dom0-bottleneck',
  question: 'How many guests does one domain 0 carry, with and without their device models in it?',
  method:
    `The demand of a disk request of ${SECTORS / 2} KiB by READ SECTORS and of a line of ${LINE} characters on COM1 is recorded from guests: the ` +
    'time of the processor of domain 0, and the time of all others. Then N guests are simulated, each with a processor of its own, a pause ' +
    'of 50 ms in the mean (exponential, seeded) and then one or the other with equal chance, and one domain 0 that serves in order of ' +
    `arrival; ${groupDigits(REQUESTS)} in all. Disks are not shared. With a noisy neighbour, one of the guests does not pause.`,
  models: ['modern-x86'],
  run: runBottleneck,
};

/** What guests ask for. */
const KINDS = ['disk', 'serial'] as const;
type Kind = (typeof KINDS)[number];

/** Nanoseconds of one request in domain 0's processor, and elsewhere; who is charged for the latter. */
interface Demand {
  domain0: number;
  elsewhere: number;
  /** The guest's own instructions and its firmware. */
  guest: number;
  hypervisor: number;
}
type Demands = Record<Kind, Demand>;

const WORKLOADS: Record<Kind, (units: number) => Workload> = {
  disk: (requests) => diskWorkload('READ SECTORS', SECTORS, requests),
  serial: (lines) => serialWorkload(SERIAL_WAYS.find(({ fifo, interrupt }) => fifo && interrupt)!, lines * LINE, false),
};

function recordDemand(lab: Lab, model: CostDescription, placement: string, kind: Kind): Demand {
  const cost = toCostModel(model);
  const { charged, counters, elapsed } = demandOfUnit(3, (units) => {
    const { image, changes } = WORKLOADS[kind](units);
    const timeline = lab.timeline(`${units} of ${kind}, ${placement}`);
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  // Domain 0's account holds the time of the disk as well, which is nobody's processor.
  const service =
    kind === 'disk' ? counters['ring requests']! * cost.diskRequest + (SECTORS * 512 * cost.diskByte) / 1000 : 0;
  const domain0 = Math.round(charged.domain0! - service);
  return {
    domain0,
    elsewhere: Math.max(0, Math.round(elapsed - domain0)),
    guest: Math.round(charged.guest! + charged.firmware!),
    hypervisor: Math.round(charged.hypervisor!),
  };
}

function runBottleneck(lab: Lab): Findings {
  const model = lab.models[0]!;
  const demands = PLACEMENTS.map(
    (placement) =>
      Object.fromEntries(KINDS.map((kind) => [kind, recordDemand(lab, model, placement, kind)])) as Demands,
  );
  const rows = GUESTS.flatMap((guests, index) => {
    lab.progress(index / GUESTS.length);
    return PLACEMENTS.flatMap((placement, which) =>
      [false, true].flatMap((noisy) => {
        const { latencies, busy } = simulate(demands[which]!, guests, noisy, new Random(lab.seed));
        return KINDS.map((kind) => [placement, guests, noisy ? 'yes' : 'no', kind, ...latencies[kind], busy]);
      }),
    );
  });
  const demandTable: Table = {
    title: `One request of ${SECTORS / 2} KiB, one line of ${LINE} characters: who works for it, ${model.name}, ns`,
    columns: ['placement', 'what', 'domain 0', 'guest and its firmware', 'hypervisor', 'latency beside domain 0'],
    rows: PLACEMENTS.flatMap((placement, which) =>
      KINDS.map((kind) => {
        const { domain0, guest, hypervisor, elsewhere } = demands[which]![kind];
        return [placement, kind, domain0, guest, hypervisor, elsewhere];
      }),
    ),
  };
  const latencyTable: Table = {
    title: 'Latency in us by percentile, without what the noisy guest asks for, and load of domain 0',
    columns: ['placement', 'guests', 'noisy', 'what', ...PERCENTILES.map((part) => `${part}%`), 'domain 0 busy %'],
    rows,
  };
  const statements = PLACEMENTS.map((placement, which) => stateCapacity(placement, demands[which]!));
  return { statements, tables: [demandTable, latencyTable], plots: PLOTS };
}

function stateCapacity(placement: string, demands: Demands): string {
  const mean = (part: 'domain0' | 'elsewhere') => (demands.disk[part] + demands.serial[part]) / 2;
  const guests = Math.floor((THINK + mean('domain0') + mean('elsewhere')) / mean('domain0'));
  return (
    `${placement}: ${groupDigits(demands.disk.domain0)} ns of domain 0 for a disk request, ${groupDigits(demands.serial.domain0)} for a line ` +
    `of text; its processor is full with about ${groupDigits(guests)} such guests.`
  );
}

/** Requests arrive, wait for domain 0, and take the rest of their time in parallel: percentiles of latency, load. */
function simulate(
  demands: Demands,
  guests: number,
  noisy: boolean,
  random: Random,
): { latencies: Record<Kind, number[]>; busy: number } {
  const nextAt = Array.from({ length: guests }, () => random.exponential(THINK));
  const latencies: Record<Kind, number[]> = { disk: [], serial: [] };
  let free = 0;
  let busy = 0;
  for (let request = 0; request < REQUESTS; request++) {
    let guest = 0;
    for (let other = 1; other < guests; other++) if (nextAt[other]! < nextAt[guest]!) guest = other;
    const kind = KINDS[random.next() <= 0.5 ? 0 : 1];
    const { domain0, elsewhere } = demands[kind];
    const arrival = nextAt[guest]!;
    free = Math.max(free, arrival) + domain0;
    busy += domain0;
    const done = free + elsewhere;
    const rests = !(noisy && guest === 0);
    if (rests) latencies[kind].push(done - arrival);
    nextAt[guest] = done + (rests ? random.exponential(THINK) : 0);
  }
  const percentiles = (values: number[]) => {
    values.sort((a, b) => a - b);
    return PERCENTILES.map((part) => {
      const at = Math.min(values.length - 1, Math.floor((part / 100) * values.length));
      return Math.round((values[at] ?? 0) / 100) / 10;
    });
  };
  return {
    latencies: { disk: percentiles(latencies.disk), serial: percentiles(latencies.serial) },
    busy: Math.round((1000 * busy) / free) / 10,
  };
}

const COLOUR = { field: 'placement', type: 'nominal', sort: PLACEMENTS };
const LATENCY = { type: 'quantitative', scale: { type: 'log' }, title: 'us, logarithmic' };
const PLOTS: Plot[] = [
  {
    title: '99th percentile of latency by number of guests',
    table: 1,
    spec: {
      width: 260,
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'what', type: 'nominal', sort: KINDS, title: null },
        x: { field: 'guests', type: 'quantitative', scale: { type: 'log' } },
        y: { field: '99%', ...LATENCY },
        color: COLOUR,
        strokeDash: { field: 'noisy', type: 'nominal', title: 'noisy neighbour' },
      },
    },
  },
  {
    title: `Distribution of latency with ${DRAWN} guests`,
    table: 1,
    spec: {
      width: 260,
      transform: [
        { filter: `datum.guests == ${DRAWN}` },
        { fold: PERCENTILES.map((part) => `${part}%`), as: ['percentile', 'latency'] },
      ],
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'what', type: 'nominal', sort: KINDS, title: null },
        x: { field: 'percentile', type: 'ordinal', sort: null, axis: { labelAngle: 0 }, title: 'percentile' },
        y: { field: 'latency', ...LATENCY },
        color: COLOUR,
        strokeDash: { field: 'noisy', type: 'nominal', title: 'noisy neighbour' },
      },
    },
  },
];
