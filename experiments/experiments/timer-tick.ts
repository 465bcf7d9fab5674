import { MissedTicks } from '../../hypervisor/interrupt/missed-ticks';
import { toCostModel } from '../costs';
import { groupDigits } from '../table';
import { ringTickWorkload, TICK_SOURCES, tickWorkload, type Workload } from '../workloads/programs';
import { demandOfUnit, runWorkload } from '../workloads/run';
import { runStalled, type StalledRun } from '../workloads/stalled-guest';
import type { Experiment, Findings, Lab, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu', 'stubdom', 'kvm-user'];
const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];
const TICKS = 50;
/** The one-shot timer of a guest that knows that it is one. */
const ONE_SHOT = 'one-shot in ns';
/** A guest that runs for 40 ms of its own clock, and is not scheduled for a while; virtual ns. */
const STALL = { milliseconds: 40, begins: 20.3e6, lasts: 7.4e6 };
const STALLED_PLACEMENTS = ['reflect', 'inkernel', 'ioemu'];

export const timerTick: Experiment = {
  name: 'timer-tick',
  question: "What does a timer tick cost from each of the PC's timers, programmed once or for every tick?",
  method:
    `A guest sleeps until a tick about every millisecond: from the 8254 in mode 2, from the 8254 programmed anew each ` +
    'time (mode 4), from the real-time clock at 1,024 Hz, from the HPET programmed anew each time, and by a hypercall each from a one-shot timer in ns. ' +
    `${TICKS} and ${2 * TICKS} ticks, and the difference counts. The interrupt controller is in the hypervisor everywhere. Then a guest counts ticks of the 8254 and is ` +
    `not scheduled for ${STALL.lasts / 1e6} ms, under the four policies of Xen for ticks that are missed meanwhile.`,
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
  const stalled = stallGuests(lab);
  return {
    statements: [...stateTick(table), ...stateStalled(stalled)],
    tables: [table, policyTable(stalled), tickTable(stalled)],
    plots: [PLOT, TICK_PLOT],
  };
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

interface Stalled extends StalledRun {
  policy: MissedTicks;
  placement: string;
}

function stallGuests(lab: Lab): Stalled[] {
  const cost = toCostModel(lab.models[0]!);
  return Object.values(MissedTicks).flatMap((policy) =>
    STALLED_PLACEMENTS.map((placement) => {
      const timeline = lab.timeline(`stalled, ${policy}, ${placement}`);
      return { policy, placement, ...runStalled(lab.firmware, placement, cost, policy, STALL, timeline) };
    }),
  );
}

const gapsOf = ({ ticks }: Stalled) => ticks.slice(1).map((tick, index) => Math.round((tick - ticks[index]!) / 1000));

function policyTable(stalled: Stalled[]): Table {
  return {
    title: `Not scheduled for ${STALL.lasts / 1e6} ms: ticks by what becomes of missed ones`,
    columns: [
      'policy',
      'placement',
      'ticks due',
      'ticks taken',
      'shortest us',
      'longest us',
      'clock behind at the end us',
    ],
    rows: stalled.map((run) => {
      const gaps = gapsOf(run);
      const { policy, placement, due, ticks, clockError } = run;
      return [policy, placement, due, ticks.length, Math.min(...gaps), Math.max(...gaps), clockError / 1000];
    }),
  };
}

/** Ticks from a little before the guest was stalled to a little after. */
function tickTable(stalled: Stalled[]): Table {
  const first = STALL.begins / 1e6 - 3;
  const last = (STALL.begins + STALL.lasts) / 1e6 + 5;
  return {
    title: "Ticks around the stall, by the guest's own clock",
    columns: ['policy', 'placement', 'tick', 'guest clock ms'],
    rows: stalled.flatMap(({ policy, placement, ticks }) =>
      ticks.flatMap((time, index) => {
        const milliseconds = Math.round(time / 1000) / 1000;
        return milliseconds > first && milliseconds < last ? [[policy, placement, index + 1, milliseconds]] : [];
      }),
    ),
  };
}

function stateStalled(stalled: Stalled[]): string[] {
  return STALLED_PLACEMENTS.map((placement) => {
    const counts = stalled
      .filter((run) => run.placement === placement)
      .map((run) => `${run.policy} ${run.ticks.length} of ${run.due}`);
    return `Not scheduled for ${STALL.lasts / 1e6} ms, the guest takes these ticks under ${placement}: ${counts.join(', ')}.`;
  });
}

const TICK_PLOT = {
  title: 'Ticks that the guest counts around a stall',
  table: 2,
  spec: {
    width: 230,
    mark: { type: 'line', point: true },
    encoding: {
      column: { field: 'placement', type: 'nominal', sort: STALLED_PLACEMENTS, title: null },
      x: { field: 'guest clock ms', type: 'quantitative', scale: { zero: false }, title: "guest's clock, ms" },
      y: { field: 'tick', type: 'quantitative', scale: { zero: false }, title: 'ticks so far' },
      color: { field: 'policy', type: 'nominal', sort: Object.values(MissedTicks) },
      strokeDash: { field: 'policy', type: 'nominal', sort: Object.values(MissedTicks), legend: null },
    },
  },
};

const PLOT = {
  title: 'Work for one tick',
  table: 0,
  spec: {
    transform: [{ fold: PAYERS.map((name) => `${name} ns`), as: ['payer', 'nanoseconds'] }],
    mark: 'bar',
    encoding: {
      row: {
        ...{ field: 'source', type: 'nominal', sort: [...TICK_SOURCES, ONE_SHOT], title: null },
        header: { labelAngle: 0, labelAlign: 'left' },
      },
      x: { field: 'nanoseconds', type: 'quantitative', title: 'ns' },
      y: { field: 'placement', type: 'nominal', sort: [...PLACEMENTS, 'pv'], title: null },
      color: { field: 'payer', type: 'nominal', sort: PAYERS.map((name) => `${name} ns`) },
    },
    resolve: { scale: { y: 'independent' } },
  },
};
