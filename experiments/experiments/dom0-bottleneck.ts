import { type CostDescription, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { diskWorkload } from '../workloads/programs';
import { Random } from '../workloads/random';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'ioemu'];
const GUESTS = [3, 10, 30, 100, 300, 1000];
/** Nanoseconds that a guest computes between two requests, in the mean; a noisy one does not rest. */
const THINK = 50e6;
const REQUESTS = 20_000;
const SECTORS = 8;

export const dom0Bottleneck: Experiment = {
  name: 'dom0-bottleneck',
  question: 'How many guests does one domain 0 carry, with and without their device models in it?',
  method:
    'The demand of a request of 4 KiB by READ SECTORS is recorded from a guest: the time of the processor of domain 0, and the time of all ' +
    'others. Then N guests are simulated, each with a processor of its own, a pause of 50 ms in the mean (exponential, seeded) ' +
    `between requests, and one domain 0 that serves in order of arrival; ${REQUESTS} requests. Disks are not shared. ` +
    'With a noisy neighbour, one of the guests does not pause.',
  models: ['modern-x86'],
  run: runBottleneck,
};

/** Nanoseconds of one request in domain 0's processor, and elsewhere. */
interface Demand {
  domain0: number;
  elsewhere: number;
}

function recordDemand(lab: Lab, model: CostDescription, placement: string): Demand {
  const cost = toCostModel(model);
  const { charged, counters, elapsed } = demandOfUnit(3, (requests) => {
    const { image, changes } = diskWorkload('READ SECTORS', SECTORS, requests);
    const timeline = lab.timeline(`${requests} requests, ${placement}`);
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  const service = counters['ring requests']! * cost.diskRequest + (SECTORS * 512 * cost.diskByte) / 1000;
  const domain0 = Math.round(charged.domain0! - service);
  return { domain0, elsewhere: Math.max(0, Math.round(elapsed - domain0)) };
}

function runBottleneck(lab: Lab): Findings {
  const model = lab.models[0]!;
  const demands = PLACEMENTS.map((placement) => recordDemand(lab, model, placement));
  const rows = GUESTS.flatMap((guests, index) => {
    lab.progress(index / GUESTS.length);
    return PLACEMENTS.flatMap((placement, which) =>
      [false, true].map((noisy) => [
        ...[placement, guests, noisy ? 'yes' : 'no'],
        ...simulate(demands[which]!, guests, noisy, new Random(lab.seed)),
      ]),
    );
  });
  const demandTable: Table = {
    title: `One request of 4 KiB, ${model.name}`,
    columns: ['placement', 'domain 0 ns', 'elsewhere ns'],
    rows: PLACEMENTS.map((placement, which) => [placement, demands[which]!.domain0, demands[which]!.elsewhere]),
  };
  const latencies: Table = {
    title: 'Latency of a request, without the requests of the noisy guest, and load of domain 0',
    columns: ['placement', 'guests', 'noisy', 'median us', '99th percentile us', 'domain 0 busy %'],
    rows,
  };
  const capacity = demands.map(({ domain0, elsewhere }) => Math.floor((THINK + domain0 + elsewhere) / domain0));
  return {
    statements: PLACEMENTS.map(
      (placement, which) =>
        `${placement}: ${groupDigits(demands[which]!.domain0)} ns of domain 0 a request; ` +
        `its processor is full with about ${groupDigits(capacity[which]!)} such guests.`,
    ),
    tables: [demandTable, latencies],
    plots: [PLOT],
  };
}

/** Requests arrive, wait for domain 0, and take the rest of their time in parallel; median, 99th percentile, load. */
function simulate(demand: Demand, guests: number, noisy: boolean, random: Random): number[] {
  const nextAt = Array.from({ length: guests }, () => random.exponential(THINK));
  const latencies: number[] = [];
  let free = 0;
  let busy = 0;
  for (let request = 0; request < REQUESTS; request++) {
    let guest = 0;
    for (let other = 1; other < guests; other++) if (nextAt[other]! < nextAt[guest]!) guest = other;
    const arrival = nextAt[guest]!;
    const served = Math.max(free, arrival) + demand.domain0;
    free = served;
    busy += demand.domain0;
    const done = served + demand.elsewhere;
    const rests = !(noisy && guest === 0);
    if (rests) latencies.push(done - arrival);
    nextAt[guest] = done + (rests ? random.exponential(THINK) : 0);
  }
  latencies.sort((a, b) => a - b);
  const at = (part: number) => Math.round((latencies[Math.floor(part * latencies.length)] ?? 0) / 100) / 10;
  return [at(0.5), at(0.99), Math.round((1000 * busy) / free) / 10];
}

const PLOT = {
  title: '99th percentile of latency by number of guests',
  table: 1,
  spec: {
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'guests', type: 'quantitative', scale: { type: 'log' } },
      y: { field: '99th percentile us', type: 'quantitative', scale: { type: 'log' }, title: 'us' },
      color: { field: 'placement', type: 'nominal' },
      strokeDash: { field: 'noisy', type: 'nominal' },
    },
  },
};
