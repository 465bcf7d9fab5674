import { type CostDescription, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { DISK_WAYS, type DiskWay, diskWorkload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
/** KiB of one request. */
const SIZES = [4, 64];
const REQUESTS = 3;
const MIB_IN_KIB = 1024;

export const disk: Experiment = {
  name: 'disk',
  question: 'How much of a disk is left when its controller is emulated, and does it matter where?',
  method:
    'A guest reads by READ SECTORS, READ MULTIPLE (16 sectors a block) or bus-master DMA, sleeping until the interrupt, ' +
    `requests of ${SIZES.join(', ')} KiB, one at a time as an ATA drive without queueing takes them. Two runs of different ` +
    'length give the cost of a request without start-up. The disk of the cost model serves one request after another; ' +
    "'disk busy' is its share of the time, and what is missing to 100% is all that more requests in flight could win.",
  models: ['modern-x86'],
  run: runDisk,
};

interface Point {
  way: DiskWay;
  size: number;
  placement: string;
  /** MiB/s. */
  speed: number;
  cells: (string | number)[];
}

function runDisk(lab: Lab): Findings {
  const model = lab.models[0]!;
  const points: Point[] = [];
  for (const way of DISK_WAYS) {
    for (const size of SIZES) {
      for (const placement of PLACEMENTS) {
        lab.progress(points.length / (DISK_WAYS.length * SIZES.length * PLACEMENTS.length));
        points.push(measure(lab, model, way, size, placement));
      }
    }
  }
  const table: Table = {
    title: `Reading by placement and way, ${model.name}`,
    columns: [
      'way',
      'KiB',
      'placement',
      'exits per MiB',
      'MiB/s',
      'disk busy %',
      ...PAYERS.map((name) => `${name} us/MiB`),
    ],
    rows: points.map(({ cells }) => cells),
  };
  return { statements: stateDisk(points), tables: [table], plots: PLOTS };
}

const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];

function measure(lab: Lab, model: CostDescription, way: DiskWay, size: number, placement: string): Point {
  const cost = toCostModel(model);
  const demand = demandOfUnit(REQUESTS, (requests) => {
    const { image, changes } = diskWorkload(way, size * 2, requests);
    const timeline = lab.timeline(`${requests} of ${size} KiB by ${way}, ${placement}`);
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  const perMib = MIB_IN_KIB / size;
  const service = demand.counters['ring requests']! * cost.diskRequest + (size * 1024 * cost.diskByte) / 1000;
  const speed = 1e9 / (demand.elapsed * perMib);
  // Domain 0's account holds the time of the disk as well, which is nobody's processor.
  const charged = { ...demand.charged, domain0: demand.charged.domain0! - service };
  const cells = [
    ...[way, size, placement, Math.round(demand.counters['vm exits']! * perMib), tenths(speed)],
    tenths((100 * service) / demand.elapsed),
    ...PAYERS.map((payer) => tenths(((charged as Record<string, number>)[payer]! * perMib) / 1000)),
  ];
  return { way, size, placement, speed, cells };
}

const tenths = (value: number) => Math.round(value * 10) / 10;

function stateDisk(points: Point[]): string[] {
  return DISK_WAYS.flatMap((way) =>
    SIZES.map((size) => {
      const row = points.filter((point) => point.way === way && point.size === size).sort((a, b) => b.speed - a.speed);
      const [best, worst] = [row[0]!, row.at(-1)!];
      const loss = tenths(100 * (1 - worst.speed / best.speed));
      return (
        `${way}, ${size} KiB: ${groupDigits(tenths(best.speed))} MiB/s (${best.placement}) to ` +
        `${groupDigits(tenths(worst.speed))} (${worst.placement}); the worst place costs ${loss}%.`
      );
    }),
  );
}

const PLOTS = [
  {
    title: 'Throughput by request size',
    table: 0,
    spec: {
      width: 150,
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'way', type: 'nominal', sort: DISK_WAYS, title: null },
        x: { field: 'KiB', type: 'ordinal', title: 'KiB of a request' },
        y: { field: 'MiB/s', type: 'quantitative' },
        color: { field: 'placement', type: 'nominal', sort: PLACEMENTS },
      },
    },
  },
  {
    title: 'Exits for each MiB',
    table: 0,
    spec: {
      width: 150,
      mark: { type: 'line', point: true },
      encoding: {
        column: { field: 'way', type: 'nominal', sort: DISK_WAYS, title: null },
        x: { field: 'KiB', type: 'ordinal', title: 'KiB of a request' },
        y: { field: 'exits per MiB', type: 'quantitative', scale: { type: 'log' } },
        color: { field: 'placement', type: 'nominal', sort: PLACEMENTS },
      },
    },
  },
];
