import { DEVICE_NAMES } from '../../hypervisor/device-names';
import { Payer } from '../../hypervisor/time/clock';
import { type CostDescription, toCostModel } from '../costs';
import { summarize } from '../summary';
import { groupDigits } from '../table';
import type { Phase } from '../workloads/boot-recorder';
import { runBoot } from '../workloads/boots';
import { linuxBoot } from '../workloads/linux-boot';
import type { Experiment, Findings, Lab, Plot, Table } from './experiment';

const MEBIBYTES = 2;
/** Bus and placement of each boot. */
const SETTINGS = [
  ['ISA', 'reflect'],
  ['ISA', 'reflect+shadow'],
  ['ISA', 'inkernel'],
  ['ISA', 'ioemu'],
  ['PCI', 'reflect'],
] as const;
const PAYERS = { guest: Payer.GUEST, firmware: Payer.FIRMWARE, hypervisor: Payer.HYPERVISOR };

export const linuxBootExperiment: Experiment = {
  name: 'linux-boot',
  question: "Where does the boot of a distribution's kernel go, and who pays for it?",
  method:
    `Debian's kernel, unmodified and decompressed beforehand, boots from its entry to a test that writes ${MEBIBYTES} MiB to the disk and reads ` +
    'them back; phases begin with lines on its console. Time in which nobody is charged on the vCPU is waiting: for domain 0, for the ' +
    'disk, or in the idle loop. On ISA the disk is driven by PIO (pata_legacy), on PCI by bus-master DMA (ata_piix). It is run where ' +
    "'npm run guests -- linux' has obtained the kernel.",
  models: ['xen-2007', 'modern-x86'],
  run: runLinuxBoot,
};

interface Run {
  model: string;
  bus: string;
  placement: string;
  phases: Phase[];
  /** Of every device that was used: accesses, VM exits and interrupts by its name. */
  devices: [name: string, accesses: number, exits: number, interrupts: number][];
}

function runLinuxBoot(lab: Lab): Findings {
  try {
    linuxBoot(false, MEBIBYTES);
  } catch (error) {
    if ((error as Error).name !== 'GuestMissing') throw error;
    return { statements: ["Linux is not in the cache: 'npm run guests -- linux' obtains it."], tables: [], plots: [] };
  }
  const planned = lab.models.flatMap((model) => SETTINGS.map((setting) => ({ model, setting })));
  const runs = planned.map(({ model, setting: [bus, placement] }, index) => {
    lab.progress(index / planned.length);
    return boot(lab, model, bus, placement);
  });
  const tables = [totalTable(runs), phaseTable(runs), exitTable(runs), deviceTable(runs)];
  return {
    statements: lab.models.flatMap(({ name }) => state(runs.filter(({ model }) => model === name))),
    tables,
    plots: draw(runs),
  };
}

function boot(lab: Lab, model: CostDescription, bus: string, placement: string): Run {
  const timeline = lab.timeline(`Linux, ${bus}, ${placement}, ${model.name}`);
  const recorder = runBoot(lab.firmware, linuxBoot(bus === 'PCI', MEBIBYTES), placement, toCostModel(model), timeline);
  const { devices } = summarize(recorder.machine!);
  return {
    ...{ model: model.name, bus, placement, phases: recorder.phases() },
    devices: Object.entries(devices).map(([name, { counters }]) => [
      ...[name, counters.accesses!, counters['vm exits']!, counters.interrupts!],
    ]) as Run['devices'],
  };
}

/** What all phases come to. */
function whole({ phases }: Run): Phase {
  const add = (a: number[], b: number[]) => a.map((value, index) => value + b[index]!);
  return phases.reduce((sum, phase) => ({
    name: '',
    elapsed: sum.elapsed + phase.elapsed,
    charged: add(sum.charged, phase.charged),
    exits: add(sum.exits, phase.exits),
  }));
}

/** Milliseconds: in all, charged to each payer, and waited. */
function times({ elapsed, charged }: Phase): number[] {
  const paid = Object.values(PAYERS).map((payer) => charged[payer]!);
  return [elapsed, ...paid, elapsed - sum(paid)].map(milliseconds);
}

const TIME_COLUMNS = ['ms', ...Object.keys(PAYERS).map((name) => `${name} ms`), 'waiting ms'];
const RUN_COLUMNS = ['model', 'bus', 'placement'];

function totalTable(runs: Run[]): Table {
  return {
    title: 'The whole boot',
    columns: [...RUN_COLUMNS, ...TIME_COLUMNS, 'exits'],
    rows: runs.map((run) => [run.model, run.bus, run.placement, ...times(whole(run)), sum(whole(run).exits)]),
  };
}

function phaseTable(runs: Run[]): Table {
  return {
    title: 'Phase by phase',
    columns: [...RUN_COLUMNS, 'phase', ...TIME_COLUMNS, 'exits'],
    rows: runs.flatMap(({ model, bus, placement, phases }) =>
      phases.map((phase) => [model, bus, placement, phase.name, ...times(phase), sum(phase.exits)]),
    ),
  };
}

/** Exits do not depend on the model by much: those of the last one, under reflection. */
function exitTable(runs: Run[]): Table {
  return {
    title: `Exits by phase and device under reflect, ${runs.at(-1)!.model}`,
    columns: ['bus', 'phase', 'device', 'exits'],
    rows: reflected(runs).flatMap(({ bus, phases }) =>
      phases.flatMap(({ name, exits }) =>
        exits.flatMap((count, device) => (count > 0 ? [[bus, name, DEVICE_NAMES[device]!, count]] : [])),
      ),
    ),
  };
}

function deviceTable(runs: Run[]): Table {
  return {
    title: `Accesses by device under reflect, ${runs.at(-1)!.model}`,
    columns: ['bus', 'device', 'accesses', 'exits', 'interrupts'],
    rows: reflected(runs).flatMap(({ bus, devices }) => devices.map((row) => [bus, ...row])),
  };
}

const reflected = (runs: Run[]) =>
  runs.filter(({ model, placement }) => model === runs.at(-1)!.model && placement === 'reflect');

function state(runs: Run[]): string[] {
  const { model } = runs[0]!;
  const seconds = runs.map((run) => `${run.bus} ${run.placement} ${groupDigits(round(whole(run).elapsed / 1e9))}`);
  const reflect = runs[0]!;
  const all = whole(reflect);
  const share = (part: number, total: number) => `${Math.round((100 * part) / total)}%`;
  const guest = all.charged[Payer.GUEST]!;
  const most = DEVICE_NAMES.map((name, device) => ({ name, count: all.exits[device]! })).reduce((a, b) =>
    b.count > a.count ? b : a,
  );
  const late = reflect.phases.find(({ name }) => name === 'console catches up')!;
  return [
    `${model}, seconds from the kernel's entry to the end of the disk test: ${seconds.join(', ')}.`,
    `${model}, reflect: ${groupDigits(sum(all.exits))} exits, ${share(most.count, sum(all.exits))} of them to ${most.name}; the guest's own ` +
      `instructions take ${share(guest, all.elapsed)} of the time, firmware and hypervisor together ` +
      `${share(all.charged[Payer.FIRMWARE]! + all.charged[Payer.HYPERVISOR]!, all.elapsed)}. Printing what had been said before the console ` +
      `came up takes ${milliseconds(late.elapsed)} ms.`,
  ];
}

function draw(runs: Run[]): Plot[] {
  const phases = runs[0]!.phases.map(({ name }) => name);
  const place = { calculate: "datum.bus + ', ' + datum.placement", as: 'place' };
  const payers = TIME_COLUMNS.slice(1);
  const y = {
    field: 'place',
    type: 'nominal',
    sort: SETTINGS.map(([bus, placement]) => `${bus}, ${placement}`),
    title: null,
  };
  const row = { field: 'model', type: 'nominal', title: null };
  return [
    {
      title: 'Time by phase',
      table: 1,
      spec: {
        transform: [place, { calculate: `indexof(${JSON.stringify(phases)}, datum.phase)`, as: 'order' }],
        mark: 'bar',
        encoding: {
          ...{ row, y },
          x: { field: 'ms', type: 'quantitative', title: 'ms of virtual time' },
          color: { field: 'phase', type: 'nominal', sort: phases, scale: { scheme: 'tableau20' } },
          order: { field: 'order', type: 'quantitative' },
        },
      },
    },
    {
      title: 'Who is charged',
      table: 0,
      spec: {
        transform: [place, { fold: payers, as: ['payer', 'time'] }],
        mark: 'bar',
        encoding: {
          ...{ row, y },
          x: { field: 'time', type: 'quantitative', title: 'ms of virtual time' },
          color: { field: 'payer', type: 'nominal', sort: payers },
        },
      },
    },
    {
      title: 'Exits by phase and device, reflect',
      table: 2,
      spec: {
        mark: 'bar',
        encoding: {
          row: { field: 'bus', type: 'nominal', title: null },
          x: { field: 'exits', type: 'quantitative' },
          y: { field: 'phase', type: 'nominal', sort: phases, title: null },
          color: { field: 'device', type: 'nominal', scale: { scheme: 'tableau10' } },
        },
      },
    },
  ];
}

const round = (value: number) => Math.round(value * 100) / 100;
const milliseconds = (nanoseconds: number) => round(nanoseconds / 1e6);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
