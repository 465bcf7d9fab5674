import { toCostModel } from '../costs';
import { groupDigits } from '../table';
import { SERIAL_WAYS, type SerialWay, serialWorkload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'ioemu+posted', 'kvm-user'];
const BYTES = 64;

export const serial: Experiment = {
  name: 'serial',
  question: 'What does a character on the serial line cost, and what do FIFO and interrupts save?',
  method:
    `A guest sends characters on COM1, polled or by interrupt, with the 16-byte FIFO or without; ${BYTES} and ` +
    `${2 * BYTES} characters, and the difference counts. First the UART takes characters as fast as they come (what most ` +
    'emulators do), then at 115,200 baud, where the line is the bound.',
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
    rows: runs.map(row(false, 0)),
  };
  const bound: Table = {
    title: `Sending at 115,200 baud, ${model.name}`,
    columns: COLUMNS,
    rows: runs.map(row(true, 0.5)),
  };
  return { statements: stateSerial(unbound, bound), tables: [unbound, bound], plots: PLOTS };
}

function measure(lab: Lab, way: SerialWay, placement: string, lineRate: boolean): (string | number)[] {
  const cost = toCostModel(lab.models[0]!);
  const { elapsed, counters } = demandOfUnit(BYTES, (bytes) => {
    const { image, changes } = serialWorkload(way, bytes, lineRate);
    const timeline = lab.timeline(`${bytes} characters, ${way.name}, ${placement}${lineRate ? ', 115,200 baud' : ''}`);
    return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
  });
  const count = (name: string) => Math.round(counters[name]! * 1000) / 1000;
  const rates = [count('vm exits'), count('interrupts'), count('events')];
  return [way.name, placement, Math.round(1e9 / elapsed), ...rates, Math.round(elapsed)];
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
  return [...lines, `At 115,200 baud all ways and placements lie between ${slowest} and ${fastest} bytes/s.`];
}

const spec = (field: string, title: string) => ({
  mark: 'bar',
  encoding: {
    x: { field, type: 'quantitative', title },
    y: { field: 'way', type: 'nominal', sort: null, title: null },
    yOffset: { field: 'placement', sort: PLACEMENTS },
    color: { field: 'placement', type: 'nominal', sort: PLACEMENTS },
  },
});

const PLOTS = [
  { title: 'Bytes per second, characters taken at once', table: 0, spec: spec('bytes/s', 'bytes/s') },
  { title: 'Exits per byte at 115,200 baud', table: 1, spec: spec('exits per byte', 'exits per byte') },
];
