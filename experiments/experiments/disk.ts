import { type CostDescription, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { DISK_WAYS, diskWorkload, ringDiskWorkload, type Workload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Plot, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
/** KiB of one request. */
const SIZES = [4, 16, 64];
/** Those that are told of in words. */
const TOLD_SIZES = [4, 64];
const REQUESTS = 3;
/** The guest that speaks the ring itself, and how many requests it has under way at once. */
const RING = 'block ring';
const IN_FLIGHT = [1, 2, 4, 16];
const DMA = DISK_WAYS[2];
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
  models: ['modern-x86', 'kvm-2012'],
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
  /** Percent of the time in which the disk works. */
  busy: number;
  cells: (string | number)[];
}

const SETTINGS: readonly Setting[] = [
  ...DISK_WAYS.flatMap((way) =>
    SIZES.flatMap((size) => PLACEMENTS.map((placement) => ({ way, size, inFlight: 1, placement }))),
  ),
  ...SIZES.flatMap((size) => IN_FLIGHT.map((inFlight) => ({ way: RING, size, inFlight, placement: 'pv' }))),
];

function runDisk(lab: Lab): Findings {
  const perModel = lab.models.map((model, which) =>
    SETTINGS.map((setting, index) => {
      lab.progress((which + index / SETTINGS.length) / lab.models.length);
      return measure(lab, model, setting);
    }),
  );
  const names = lab.models.map(({ name }) => name);
  return {
    statements: perModel.flatMap((points, which) => stateDisk(points, names[which]!)),
    tables: [busyTable(perModel, names), ...perModel.map((points, which) => wayTable(points, names[which]!))],
    plots: [drawBusy(names), ...names.flatMap((name, which) => drawWays(name, which + 1))],
  };
}

function busyTable(perModel: Point[][], names: string[]): Table {
  return {
    title: 'Share of the time in which the disk is busy, %',
    columns: ['way', 'KiB', 'in flight', 'placement', ...names],
    rows: SETTINGS.map(({ way, size, inFlight, placement }, row) => [
      ...[way, size, inFlight, placement],
      ...perModel.map((points) => points[row]!.busy),
    ]),
  };
}

function wayTable(points: Point[], model: string): Table {
  return {
    title: `Reading by placement and way, ${model}`,
    columns: [
      ...['way', 'KiB', 'in flight', 'placement', 'exits per MiB', 'MiB/s', 'disk busy %'],
      ...PAYERS.map((name) => `${name} us/MiB`),
    ],
    rows: points.map(({ cells }) => cells),
  };
}

const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];

function measure(lab: Lab, model: CostDescription, setting: Setting): Point {
  const { way, size, inFlight, placement } = setting;
  const cost = toCostModel(model);
  const demand = demandOfUnit(way === RING ? RING_REQUESTS : REQUESTS, (requests) => {
    const { image, changes } = workload(setting, requests);
    const timeline = lab.timeline(
      `${model.name}: ${requests} of ${size} KiB by ${way}, ${inFlight} in flight, ${placement}`,
    );
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  const perMib = MIB_IN_KIB / size;
  const service = demand.counters['ring requests']! * cost.diskRequest + (size * 1024 * cost.diskByte) / 1000;
  const speed = 1e9 / (demand.elapsed * perMib);
  // Domain 0's account holds the time of the disk as well, which is nobody's processor.
  const charged = { ...demand.charged, domain0: demand.charged.domain0! - service };
  const busy = tenths((100 * service) / demand.elapsed);
  const cells = [
    ...[way, size, inFlight, placement, Math.round(demand.counters['vm exits']! * perMib), tenths(speed), busy],
    ...PAYERS.map((payer) => tenths(((charged as Record<string, number>)[payer]! * perMib) / 1000)),
  ];
  return { ...setting, speed, busy, cells };
}

function workload({ way, size, inFlight }: Setting, requests: number): Workload {
  const emulated = DISK_WAYS.find((name) => name === way);
  return emulated ? diskWorkload(emulated, size * 2, requests) : ringDiskWorkload(inFlight, size * 2, requests);
}

const tenths = (value: number) => Math.round(value * 10) / 10;
const mib = ({ speed }: Point) => groupDigits(tenths(speed));

function stateDisk(points: Point[], model: string): string[] {
  const losses = DISK_WAYS.flatMap((way) =>
    SIZES.map((size) => {
      const speeds = points.filter((point) => point.way === way && point.size === size).map(({ speed }) => speed);
      return { how: `${way}, ${size} KiB`, loss: Math.round(100 * (1 - Math.min(...speeds) / Math.max(...speeds))) };
    }),
  ).sort((a, b) => a.loss - b.loss);
  const [least, most] = [losses[0]!, losses.at(-1)!];
  return [
    `${model}: the worst place costs ${least.loss}% (${least.how}) to ${most.loss}% (${most.how}) of the best one's throughput.`,
    ...TOLD_SIZES.map((size) => stateBusy(points, model, size)),
    ...TOLD_SIZES.map((size) => stateRing(points, model, size)),
  ];
}

function stateBusy(points: Point[], model: string, size: number): string {
  const busy = points
    .filter((point) => point.way === DMA && point.size === size)
    .map((point) => `${point.busy}% under ${point.placement}`);
  return `${model}, ${size} KiB by ${DMA}: the disk is busy ${busy.join(', ')}.`;
}

function stateRing(points: Point[], model: string, size: number): string {
  const row = points.filter((point) => point.way === RING && point.size === size);
  const [one, many] = [row[0]!, row.at(-1)!];
  const reflect = points.find((point) => point.way === DMA && point.size === size && point.placement === 'reflect')!;
  const gain = tenths(100 * (many.speed / one.speed - 1));
  return (
    `${model}, the ring in the guest's own hands, ${size} KiB: ${mib(one)} MiB/s with one request in flight ` +
    `(${mib(reflect)} by reflected DMA), ${mib(many)} with ${many.inFlight}: ${gain}% more.`
  );
}

const ALL_PLACEMENTS = [...PLACEMENTS, 'pv'];

function drawBusy(names: string[]): Plot {
  const label = "datum.way + ', ' + datum.KiB + ' KiB'";
  return {
    title: 'Share of the time in which the disk is busy, one request in flight: the rest is what queueing could win',
    table: 0,
    spec: {
      width: 260,
      transform: [
        { filter: "datum['in flight'] == 1 && (datum.KiB == 64 || datum.way == 'bus-master DMA')" },
        { fold: names, as: ['model', 'busy'] },
        { calculate: label, as: 'how' },
      ],
      mark: { type: 'point', filled: true, size: 60 },
      encoding: {
        column: { field: 'model', type: 'nominal', sort: names, title: null },
        x: { field: 'busy', type: 'quantitative', title: 'disk busy, %', scale: { domain: [0, 100] } },
        y: { field: 'how', type: 'nominal', sort: null, title: null },
        color: { field: 'placement', type: 'nominal', sort: ALL_PLACEMENTS },
      },
    },
  };
}

function drawWays(model: string, table: number): Plot[] {
  const common = {
    column: { field: 'way', type: 'nominal', sort: [...DISK_WAYS, RING], title: null },
    x: { field: 'KiB', type: 'ordinal', title: 'KiB of a request', axis: { labelAngle: 0 } },
    color: { field: 'placement', type: 'nominal', sort: ALL_PLACEMENTS },
  };
  const draw = (title: string, field: string, inFlight: string): Plot => ({
    title: `${title}, ${model}`,
    table,
    spec: {
      width: 130,
      transform: [{ filter: inFlight }],
      mark: { type: 'line', point: true },
      encoding: { ...common, y: { field, type: 'quantitative', scale: { type: 'log' } } },
    },
  });
  const one = "datum['in flight'] == 1";
  return [draw('Throughput, one request in flight', 'MiB/s', one), draw('Exits for each MiB', 'exits per MiB', one)];
}
