import { toCostModel } from '../costs';
import type { MachineSummary } from '../summary';
import { groupDigits } from '../table';
import { ringConsoleWorkload, SERIAL_WAYS, type SerialWay, serialWorkload, type Workload } from '../workloads/programs';
import { demandOfUnit, runWorkload, type UnitDemand } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'ioemu+posted', 'kvm-user'];
const BYTES = 64;
/** The guest that speaks the console ring itself: characters for each event, and characters of a run. */
const RING_BATCHES = [1, 16];
const RING_BYTES = 1024;

export const serial: Experiment = {
  name: 'serial',
  question: 'What does a character on the serial line cost, and what do FIFO and interrupts save?',
  method:
    `A guest sends characters on COM1, polled or by interrupt, with the 16-byte FIFO or without; ${BYTES} and ` +
    `${2 * BYTES} characters, and the difference counts. First the UART takes characters as fast as they come (what most ` +
    'emulators do), then at 115,200 baud, where the line is the bound. Beside it a guest that writes to the console ring, with an ' +
    `event for each character or for ${RING_BATCHES.at(-1)}; ${groupDigits(RING_BYTES)} characters and twice as many.`,
  models: ['modern-x86'],
  run: runSerial,
};

const COLUMNS = [
  'way',
  'placement',
  'bytes/s',
  'exits per byte',
  'interrupts per byte',
  'events per byte',
  'ns per byte',
];

function runSerial(lab: Lab): Findings {
  const model = lab.models[0]!;
  const runs = SERIAL_WAYS.flatMap((way) => PLACEMENTS.map((placement) => ({ way, placement })));
  const row = (lineRate: boolean, offset: number) => (run: { way: SerialWay; placement: string }, index: number) => {
    lab.progress(offset + index / (2 * runs.length));
    return measure(lab, run.way, run.placement, lineRate);
  };
  const unbound: Table = {
    title: `Sending to a UART that takes characters at once, ${model.name}`,
    columns: COLUMNS,
    rows: [...runs.map(row(false, 0)), ...RING_BATCHES.map((batch) => measureRing(lab, batch))],
  };
  const bound: Table = {
    title: `Sending at 115,200 baud, ${model.name}`,
    columns: COLUMNS,
    rows: runs.map(row(true, 0.5)),
  };
  return { statements: stateSerial(unbound, bound), tables: [unbound, bound], plots: PLOTS };
}

function measure(lab: Lab, way: SerialWay, placement: string, lineRate: boolean): (string | number)[] {
  const demand = demandOfUnit(BYTES, (bytes) => {
    const label = `${bytes} characters, ${way.name}, ${placement}${lineRate ? ', 115,200 baud' : ''}`;
    return run(lab, serialWorkload(way, bytes, lineRate), placement, label);
  });
  return cells(way.name, placement, demand);
}

function measureRing(lab: Lab, batch: number): (string | number)[] {
  const demand = demandOfUnit(RING_BYTES, (bytes) =>
    run(lab, ringConsoleWorkload(batch, bytes), 'pv', `${bytes} characters, ${batch} for an event`),
  );
  return cells(batch === 1 ? 'ring, event each' : `ring, event for ${batch}`, 'pv', demand);
}

function run(lab: Lab, { image, changes }: Workload, placement: string, label: string): MachineSummary {
  const timeline = lab.timeline(label);
  return runWorkload(lab.firmware, image, placement, toCostModel(lab.models[0]!), { ...changes, timeline });
}

function cells(way: string, placement: string, { elapsed, counters }: UnitDemand): (string | number)[] {
  const count = (name: string) => Math.round(counters[name]! * 1000) / 1000;
  const rates = [count('vm exits'), count('interrupts'), count('events')];
  return [way, placement, Math.round(1e9 / elapsed), ...rates, Math.round(elapsed)];
}

function stateSerial(unbound: Table, bound: Table): string[] {
  const lines = SERIAL_WAYS.map(({ name }) => {
    const rows = unbound.rows.filter(([way]) => way === name);
    const best = rows.reduce((a, b) => (Number(a[2]) >= Number(b[2]) ? a : b));
    const worst = rows.reduce((a, b) => (Number(a[2]) <= Number(b[2]) ? a : b));
    const reflect = rows.find(([, placement]) => placement === 'reflect')!;
    return (
      `${name}: ${reflect[3]} exits a byte under reflect; ${groupDigits(Number(best[2]))} bytes/s (${best[1]}) ` +
      `to ${groupDigits(Number(worst[2]))} (${worst[1]}).`
    );
  });
  const rates = bound.rows.map((row) => Number(row[2]));
  const [slowest, fastest] = [Math.min(...rates), Math.max(...rates)].map(groupDigits);
  const rings = unbound.rows
    .filter(([, placement]) => placement === 'pv')
    .map(
      (row) =>
        `${row[0]}: ${row[3]} exits a character, ${groupDigits(Number(row[2]))} bytes/s through the guest's own ring.`,
    );
  return [...lines, ...rings, `At 115,200 baud all ways and placements lie between ${slowest} and ${fastest} bytes/s.`];
}

const spec = (field: string, title: string) => ({
  mark: { type: 'point', filled: true, size: 70 },
  encoding: {
    x: { field, type: 'quantitative', title: `${title}, logarithmic`, scale: { type: 'log' } },
    y: { field: 'way', type: 'nominal', sort: null, title: null, axis: { grid: true } },
    color: { field: 'placement', type: 'nominal', sort: [...PLACEMENTS, 'pv'] },
  },
});

const PLOTS = [
  { title: 'Bytes per second, characters taken at once', table: 0, spec: spec('bytes/s', 'bytes/s') },
  { title: 'Exits per byte at 115,200 baud', table: 1, spec: spec('exits per byte', 'exits per byte') },
];
