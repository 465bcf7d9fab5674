import { toCostModel } from '../costs';
import { groupDigits } from '../table';
import { TICK_SOURCES, tickWorkload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];
const TICKS = 50;

export const timerTick: Experiment = {
  name: 'timer-tick',
  question: "What does a timer tick cost from each of the PC's timers, programmed once or for every tick?",
  method:
    `A guest sleeps until a tick about every millisecond: from the 8254 in mode 2, from the 8254 programmed anew each ` +
    'time (mode 4), from the real-time clock at 1,024 Hz, and from the HPET programmed anew each time. ' +
    `${TICKS} and ${2 * TICKS} ticks, and the difference counts. The interrupt controller is in the hypervisor everywhere.`,
  models: ['modern-x86'],
  run: runTick,
};

function runTick(lab: Lab): Findings {
  const model = lab.models[0]!;
  const cost = toCostModel(model);
  const runs = TICK_SOURCES.flatMap((source) => PLACEMENTS.map((placement) => ({ source, placement })));
  const rows = runs.map(({ source, placement }, index) => {
    lab.progress(index / runs.length);
    const { charged, counters, elapsed } = demandOfUnit(TICKS, (ticks) => {
      const { image, changes } = tickWorkload(source, ticks);
      const timeline = lab.timeline(`${ticks} ticks, ${source}, ${placement}`);
      return runWorkload(lab.firmware, image, placement, cost, { ...changes, timeline });
    });
    const work = PAYERS.map((payer) => Math.round(charged[payer]!));
    const counts = ['vm exits', 'upcalls', 'hypercalls', 'interrupts'].map(
      (name) => Math.round(counters[name]! * 100) / 100,
    );
    return [source, placement, ...counts, Math.round(elapsed / 1000), ...work, work.reduce((a, b) => a + b)];
  });
  const table: Table = {
    title: `One tick, ${model.name}`,
    columns: [
      ...['source', 'placement', 'exits', 'entries for timers', 'hypercalls', 'interrupts', 'us between ticks'],
      ...[...PAYERS, 'all'].map((name) => `${name} ns`),
    ],
    rows,
  };
  return { statements: stateTick(table), tables: [table], plots: [PLOT] };
}

function stateTick({ rows }: Table): string[] {
  return TICK_SOURCES.map((source) => {
    const costs = rows.filter(([name]) => name === source).map((row) => `${row[1]} ${groupDigits(Number(row.at(-1)))}`);
    const exits = rows.find(([name, placement]) => name === source && placement === 'reflect')![2];
    return `${source}: ${exits} exits a tick; ns of work: ${costs.join(', ')}.`;
  });
}

const PLOT = {
  title: 'Work for one tick',
  table: 0,
  spec: {
    transform: [{ fold: PAYERS.map((name) => `${name} ns`), as: ['payer', 'nanoseconds'] }],
    mark: 'bar',
    encoding: {
      row: { field: 'source', type: 'nominal', sort: TICK_SOURCES, title: null },
      x: { field: 'nanoseconds', type: 'quantitative', title: 'ns' },
      y: { field: 'placement', type: 'nominal', sort: PLACEMENTS, title: null },
      color: { field: 'payer', type: 'nominal' },
    },
  },
};
