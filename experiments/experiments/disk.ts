import { type CostDescription, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { DISK_WAYS, diskWorkload, ringDiskWorkload, type Workload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
/** KiB of one request. */
const SIZES = [4, 64];
const REQUESTS = 3;
/** The guest that speaks the ring itself, and how many requests it has under way at once. */
const RING = 'block ring';
const IN_FLIGHT = [1, 2, 4, 16];
const RING_REQUESTS = 32;
const MIB_IN_KIB = 1024;

export const disk: Experiment = {
  name: 'disk',
  question: 'How much of a disk is left when its controller is emulated, and does it matter where?',
  method:
    'A guest reads by READ SECTORS, READ MULTIPLE (16 sectors a block) or bus-master DMA, sleeping until the interrupt, ' +
    `requests of ${SIZES.join(', ')} KiB, one at a time as an ATA drive without queueing takes them; and a guest with a driver for the ` +
    `block ring, with ${IN_FLIGHT.join(', ')} requests in flight. Two runs of different length give the cost of a request without start-up. ` +
    "The disk of the cost model serves one request after another; 'disk busy' is its share of the time, and what is missing " +
    'to 100% is all that more requests in flight could win.',
  models: ['modern-x86'],
  run: runDisk,
};

interface Setting {
  way: string;
  size: number;
  inFlight: number;
  placement: string;
}

interface Point extends Setting {
  /** MiB/s. */
  speed: number;
  cells: (string | number)[];
}

const SETTINGS: readonly Setting[] = [
  ...DISK_WAYS.flatMap((way) =>
    SIZES.flatMap((size) => PLACEMENTS.map((placement) => ({ way, size, inFlight: 1, placement }))),
  ),
  ...SIZES.flatMap((size) => IN_FLIGHT.map((inFlight) => ({ way: RING, size, inFlight, placement: 'pv' }))),
];

function runDisk(lab: Lab): Findings {
  const model = lab.models[0]!;
  const points = SETTINGS.map((setting, index) => {
    lab.progress(index / SETTINGS.length);
    return measure(lab, model, setting);
  });
  const table: Table = {
    title: `Reading by placement and way, ${model.name}`,
    columns: [
      ...['way', 'KiB', 'in flight', 'placement', 'exits per MiB', 'MiB/s', 'disk busy %'],
      ...PAYERS.map((name) => `${name} us/MiB`),
    ],
    rows: points.map(({ cells }) => cells),
  };
  return { statements: stateDisk(points), tables: [table], plots: PLOTS };
}

const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];

function measure(lab: Lab, model: CostDescription, setting: Setting): Point {
  const { way, size, inFlight, placement } = setting;
  const cost = toCostModel(model);
  const demand = demandOfUnit(way === RING ? RING_REQUESTS : REQUESTS, (requests) => {
    const { image, changes } = workload(setting, requests);
    const timeline = lab.timeline(`${requests} of ${size} KiB by ${way}, ${inFlight} in flight, ${placement}`);
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  const perMib = MIB_IN_KIB / size;
  const service = demand.counters['ring requests']! * cost.diskRequest + (size * 1024 * cost.diskByte) / 1000;
  const speed = 1e9 / (demand.elapsed * perMib);
  // Domain 0's account holds the time of the disk as well, which is nobody's processor.
  const charged = { ...demand.charged, domain0: demand.charged.domain0! - service };
  const cells = [
    ...[way, size, inFlight, placement, Math.round(demand.counters['vm exits']! * perMib), tenths(speed)],
    tenths((100 * service) / demand.elapsed),
    ...PAYERS.map((payer) => tenths(((charged as Record<string, number>)[payer]! * perMib) / 1000)),
  ];
  return { ...setting, speed, cells };
}

function workload({ way, size, inFlight }: Setting, requests: number): Workload {
  const emulated = DISK_WAYS.find((name) => name === way);
  return emulated ? diskWorkload(emulated, size * 2, requests) : ringDiskWorkload(inFlight, size * 2, requests);
}

const tenths = (value: number) => Math.round(value * 10) / 10;
const mib = ({ speed }: Point) => groupDigits(tenths(speed));

function stateDisk(points: Point[]): string[] {
  const emulated = DISK_WAYS.flatMap((way) =>
    SIZES.map((size) => {
      const row = points.filter((point) => point.way === way && point.size === size).sort((a, b) => b.speed - a.speed);
      const [best, worst] = [row[0]!, row.at(-1)!];
      const loss = tenths(100 * (1 - worst.speed / best.speed));
      return (
        `${way}, ${size} KiB: ${mib(best)} MiB/s (${best.placement}) to ${mib(worst)} (${worst.placement}); ` +
        `the worst place costs ${loss}%.`
      );
    }),
  );
  const rings = SIZES.map((size) => {
    const row = points.filter((point) => point.way === RING && point.size === size);
    const [one, many] = [row[0]!, row.at(-1)!];
    const reflect = points.find(
      (point) => point.way === DISK_WAYS.at(-1) && point.size === size && point.placement === 'reflect',
    )!;
    const gain = tenths(100 * (many.speed / one.speed - 1));
    return (
      `The ring in the guest's own hands, ${size} KiB: ${mib(one)} MiB/s with one request in flight (${mib(reflect)} by reflected DMA), ` +
      `${mib(many)} with ${many.inFlight}: ${gain}% more.`
    );
  });
  return [...emulated, ...rings];
}

const PLOTS = [
  {
    title: 'Throughput by request size',
    table: 0,
    spec: {
      width: 130,
      transform: [{ filter: "datum['in flight'] == 1" }],
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'way', type: 'nominal', sort: [...DISK_WAYS, RING], title: null },
        x: { field: 'KiB', type: 'ordinal', title: 'KiB of a request' },
        y: { field: 'MiB/s', type: 'quantitative' },
        color: { field: 'placement', type: 'nominal', sort: [...PLACEMENTS, 'pv'] },
      },
    },
  },
  {
    title: 'More requests in flight, by a guest that speaks the ring',
    table: 0,
    spec: {
      transform: [{ filter: `datum.way == '${RING}'` }],
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'in flight', type: 'ordinal', title: 'requests in flight' },
        y: { field: 'disk busy %', type: 'quantitative', scale: { domain: [0, 100] } },
        color: { field: 'KiB', type: 'ordinal', title: 'KiB of a request', scale: { scheme: 'category10' } },
      },
    },
  },
  {
    title: 'Exits for each MiB',
    table: 0,
    spec: {
      width: 130,
      transform: [{ filter: "datum['in flight'] == 1" }],
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'way', type: 'nominal', sort: [...DISK_WAYS, RING], title: null },
        x: { field: 'KiB', type: 'ordinal', title: 'KiB of a request' },
        y: { field: 'exits per MiB', type: 'quantitative', scale: { type: 'log' } },
        color: { field: 'placement', type: 'nominal', sort: [...PLACEMENTS, 'pv'] },
      },
    },
  },
];
