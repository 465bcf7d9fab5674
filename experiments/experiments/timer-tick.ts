import { toCostModel } from '../costs';
import { groupDigits } from '../table';
import { ringTickWorkload, TICK_SOURCES, tickWorkload, type Workload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];
const TICKS = 50;
/** The one-shot timer of a guest that knows that it is one. */
const ONE_SHOT = 'one-shot in ns';

export const timerTick: Experiment = {
  name: 'timer-tick',
  question: "What does a timer tick cost from each of the PC's timers, programmed once or for every tick?",
  method:
    `A guest sleeps until a tick about every millisecond: from the 8254 in mode 2, from the 8254 programmed anew each ` +
    'time (mode 4), from the real-time clock at 1,024 Hz, from the HPET programmed anew each time, and by a hypercall each from a one-shot timer in ns. ' +
    `${TICKS} and ${2 * TICKS} ticks, and the difference counts. The interrupt controller is in the hypervisor everywhere.`,
  models: ['modern-x86'],
  run: runTick,
};

function runTick(lab: Lab): Findings {
  const model = lab.models[0]!;
  const cost = toCostModel(model);
  const runs = [
    ...TICK_SOURCES.flatMap((source) => PLACEMENTS.map((placement) => ({ source, placement }))),
    { source: ONE_SHOT, placement: 'pv' },
  ];
  const rows = runs.map(({ source, placement }, index) => {
    lab.progress(index / runs.length);
    const { charged, counters, elapsed } = demandOfUnit(TICKS, (ticks) => {
      const { image, changes } = workload(source, ticks);
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

function workload(source: string, ticks: number): Workload {
  const emulated = TICK_SOURCES.find((name) => name === source);
  return emulated ? tickWorkload(emulated, ticks) : ringTickWorkload(ticks);
}

function stateTick({ rows }: Table): string[] {
  return [...TICK_SOURCES, ONE_SHOT].map((source) => {
    const costs = rows.filter(([name]) => name === source).map((row) => `${row[1]} ${groupDigits(Number(row.at(-1)))}`);
    const exits = rows.find(([name]) => name === source)![2];
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
      row: { field: 'source', type: 'nominal', sort: [...TICK_SOURCES, ONE_SHOT], title: null },
      x: { field: 'nanoseconds', type: 'quantitative', title: 'ns' },
      y: { field: 'placement', type: 'nominal', sort: [...PLACEMENTS, 'pv'], title: null },
      color: { field: 'payer', type: 'nominal' },
    },
  },
};
