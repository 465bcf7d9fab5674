import { loadProgram } from '../../guest/programs';
import { DEVICE_UART } from '../../hypervisor/abi/devices';
import { SPACE_PORT } from '../../hypervisor/abi/frame';
import { allPlaced, machineConfig, placementByName } from '../../hypervisor/config';
import { PLACEMENTS } from '../../hypervisor/placement/placements';
import { Platform } from '../../hypervisor/platform';
import { type CostDescription, FIGURE_NAMES, type FigureName, toCostModel } from '../costs';
import { groupDigits } from '../table';
import { costOfAccess, makeMachine } from '../workloads/run';
import type { Experiment, Findings, Lab, Plot, Table } from './experiment';

/** Reads that the mean is of. */
const READS = 200;
/** COM1's line status register ([16550D] 8.0, at offset 5). */
const LINE_STATUS = 0x3fd;
/** Options of reflection, to see what each is worth. */
const OPTIONS = ['reflect+lazy', 'reflect+paged', 'reflect+lazy+paged'];
const COMPARED = [...PLACEMENTS.map(({ name }) => name), ...OPTIONS];
/** What reflection is held against in the sensitivity study. */
const RIVALS = ['inkernel', 'ioemu', 'stubdom', 'kvm-user'];
const PAYERS = ['guest', 'firmware', 'hypervisor', 'domain0', 'stub domain'];

type Changes = Partial<Record<FigureName, number>>;

export const costOfATrap: Experiment = {
  name: 'cost-of-a-trap',
  question: 'What does one read of a status register cost under each placement, and when does reflection win?',
  method:
    `A guest reads the line status of COM1 in the shortest loop; the mean of ${READS} reads, from instruction to ` +
    'instruction. Sensitivity, without the three instructions of the loop: each figure of the cost model goes to the ends of its range, all others ' +
    'stay. Costs are linear in the figures, so that two measured points give the value at which two placements break even.',
  models: ['xen-2007', 'kvm-2007', 'svm-2007', 'kvm-2012', 'nested-2018', 'modern-x86'],
  run: runCostOfATrap,
};

/** A whole machine: guest instructions, exits, device models. */
function measure(lab: Lab, model: CostDescription, placement: string): Record<string, number> {
  const timeline = lab.timeline(`${placement}, ${model.name}`);
  const image = loadProgram('bench-port-read');
  const machine = makeMachine(lab.firmware, image, placement, toCostModel(model), { timeline });
  return costOfAccess(machine, DEVICE_UART, READS);
}

/** Memory of the platform before, which the next one takes over. */
let spare: Platform | undefined;

/** A machine without its processor, for the many points of the sensitivity study: nanoseconds of one access. */
function measureAccess(lab: Lab, model: CostDescription, placement: string, changes: Changes = {}): number {
  const config = machineConfig(lab.firmware, loadProgram('bench-port-read'), {
    ramBytes: 2 ** 20,
    placements: allPlaced(placementByName(placement)!),
    cost: toCostModel(model, changes),
  });
  spare = new Platform(config, spare);
  const { clock } = spare;
  const start = clock.now;
  spare.read(SPACE_PORT, LINE_STATUS, 1);
  return clock.now - start;
}

function runCostOfATrap(lab: Lab): Findings {
  const perModel = lab.models.map((model, index) => {
    lab.progress((index / lab.models.length) * 0.5);
    return COMPARED.map((placement) => measure(lab, model, placement));
  });
  const studied = lab.models[0]!;
  const { tornado, breakEven } = sensitivity(lab, studied);
  const switches = sweep(lab, studied);
  const payers: Table = {
    title: `Who is charged for one read under ${studied.name}, ns`,
    columns: ['placement', ...PAYERS],
    rows: COMPARED.map((placement, row) => [placement, ...PAYERS.map((payer) => perModel[0]![row]![payer]!)]),
  };
  const tables = [totals(lab, perModel), payers, tornado, breakEven, switches];
  return { statements: stateTrap(lab, perModel, breakEven), tables, plots: drawTrap(lab, studied) };
}

function totals(lab: Lab, perModel: Record<string, number>[][]): Table {
  return {
    title: 'One status read, from instruction to instruction, ns',
    columns: ['placement', ...lab.models.map(({ name }) => name)],
    rows: COMPARED.map((placement, row) => [placement, ...perModel.map((results) => results[row]!.elapsed!)]),
  };
}

/** How far each figure moves reflection, and where it would make reflection as dear as each rival. */
function sensitivity(lab: Lab, model: CostDescription): { tornado: Table; breakEven: Table } {
  const bars: (string | number)[][] = [];
  const crossings: (string | number)[][] = [];
  const base = Object.fromEntries(['reflect', ...RIVALS].map((name) => [name, measureAccess(lab, model, name)]));
  FIGURE_NAMES.forEach((figure, index) => {
    lab.progress(0.5 + (0.4 * index) / FIGURE_NAMES.length);
    const { low, high, value } = model.figures[figure];
    const ends = (placement: string) =>
      [low, high].map((end) => measureAccess(lab, model, placement, { [figure]: end }));
    const [cheap, dear] = ends('reflect');
    if (cheap !== dear) bars.push([figure, low, high, cheap!, base.reflect!, dear!, dear! - cheap!]);
    for (const rival of RIVALS) {
      const [rivalCheap, rivalDear] = ends(rival);
      const slope = (dear! - cheap! - (rivalDear! - rivalCheap!)) / (high - low);
      if (!Number.isFinite(slope) || Math.abs(slope) < 1e-9) continue;
      const crossing = low + (rivalCheap! - cheap!) / slope;
      if (crossing < 0) continue;
      const where = crossing >= low && crossing <= high ? 'yes' : 'no';
      crossings.push([`reflect = ${rival}`, figure, value, low, high, Math.round(crossing), where]);
    }
  });
  bars.sort((a, b) => Number(b[6]) - Number(a[6]));
  return {
    tornado: {
      title: `Reflection under ${model.name} with one figure at the ends of its range, ns`,
      columns: ['figure', 'low', 'high', 'read at low', 'read at value', 'read at high', 'swing'],
      rows: bars,
    },
    breakEven: {
      title: `Where one figure alone makes two placements cost the same under ${model.name}`,
      columns: ['placements', 'figure', 'value', 'low', 'high', 'breaks even at', 'within its range'],
      rows: crossings,
    },
  };
}

const SWEEP_STEPS = 8;

/** The cross-over lines: the price of a switch between domains is the figure that the 2007 argument was about. */
function sweep(lab: Lab, model: CostDescription): Table {
  const { low, high } = model.figures.domainSwitch;
  const names = ['reflect', 'reflect+lazy+paged', ...RIVALS];
  const rows = Array.from({ length: SWEEP_STEPS + 1 }, (_, step) => {
    lab.progress(0.9 + (0.1 * step) / SWEEP_STEPS);
    const domainSwitch = Math.round(low + ((high - low) * step) / SWEEP_STEPS);
    return [domainSwitch, ...names.map((name) => measureAccess(lab, model, name, { domainSwitch }))];
  });
  return {
    title: `One read over the cost of a domain switch, ${model.name}, ns`,
    columns: ['domain switch', ...names],
    rows,
  };
}

function stateTrap(lab: Lab, perModel: Record<string, number>[][], breakEven: Table): string[] {
  const elapsed = (model: number, placement: string) =>
    Math.round(perModel[model]![COMPARED.indexOf(placement)]!.elapsed!);
  const verdicts = lab.models.map(({ name }, model) => {
    const reflect = elapsed(model, 'reflect');
    const bare = elapsed(model, 'reflect+lazy+paged');
    const against = (rival: string) => {
      const there = elapsed(model, rival);
      return `${rival} ${groupDigits(there)} (${reflect < there ? 'reflect wins' : bare < there ? 'wins with lazy, paged' : 'reflect loses'})`;
    };
    return `${name}: reflect ${groupDigits(reflect)} ns, lazy and paged ${groupDigits(bare)} ns; ${['ioemu', 'stubdom', 'kvm-user'].map(against).join(', ')}.`;
  });
  const open = breakEven.rows.filter((row) => row[6] === 'yes');
  const undecided = [...new Set(open.map((row) => row[0]))];
  return [
    ...verdicts,
    undecided.length > 0
      ? `Under ${lab.models[0]!.name} the order is not settled by the sources: within the range of a single figure it turns for ${undecided.join('; ')}.`
      : `Under ${lab.models[0]!.name} no single figure within its range changes the order.`,
  ];
}

function drawTrap(lab: Lab, studied: CostDescription): Plot[] {
  const names = lab.models.map(({ name }) => name);
  return [
    {
      title: 'One status read by placement and cost model',
      table: 0,
      spec: {
        transform: [{ fold: names, as: ['model', 'nanoseconds'] }],
        mark: { type: 'point', filled: true, size: 70 },
        encoding: {
          x: { field: 'nanoseconds', type: 'quantitative', scale: { type: 'log' }, title: 'ns, logarithmic' },
          y: { field: 'placement', type: 'nominal', sort: COMPARED, title: null },
          color: { field: 'model', type: 'nominal', sort: names },
          shape: { field: 'model', type: 'nominal', sort: names, legend: null },
        },
      },
    },
    {
      title: `Who is charged, ${studied.name}`,
      table: 1,
      spec: {
        transform: [{ fold: PAYERS, as: ['payer', 'nanoseconds'] }],
        mark: 'bar',
        encoding: {
          x: { field: 'nanoseconds', type: 'quantitative', title: 'ns for one read' },
          y: { field: 'placement', type: 'nominal', sort: COMPARED, title: null },
          color: { field: 'payer', type: 'nominal', sort: PAYERS },
        },
      },
    },
    {
      title: `Tornado: what moves reflection, ${studied.name}`,
      table: 2,
      spec: {
        mark: 'bar',
        encoding: {
          x: { field: 'read at low', type: 'quantitative', scale: { zero: false }, title: 'ns for one read' },
          x2: { field: 'read at high' },
          y: { field: 'figure', type: 'nominal', sort: null, title: null },
        },
      },
    },
    {
      title: `Cross-over lines, ${studied.name}`,
      table: 4,
      spec: {
        transform: [{ fold: ['reflect', 'reflect+lazy+paged', ...RIVALS], as: ['placement', 'nanoseconds'] }],
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'domain switch', type: 'quantitative', title: 'domain switch, ns' },
          y: { field: 'nanoseconds', type: 'quantitative', title: 'ns for one read' },
          color: { field: 'placement', type: 'nominal' },
        },
      },
    },
  ];
}
