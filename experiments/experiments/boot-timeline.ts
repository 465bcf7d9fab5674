import { DEVICE_NAMES } from '../../hypervisor/device-names';
import { Payer } from '../../hypervisor/time/clock';
import { toCostModel } from '../costs';
import { groupDigits } from '../table';
import type { BootRecorder, Phase } from '../workloads/boot-recorder';
import { type Boot, builtInBoot, linuxRomBoot, runBoot, seabiosBoot } from '../workloads/boots';
import type { Experiment, Findings, Lab, Plot, Table } from './experiment';

const PLACEMENTS = ['reflect', 'reflect+shadow', 'inkernel', 'ioemu'];
const PAYERS = { guest: Payer.GUEST, firmware: Payer.FIRMWARE, hypervisor: Payer.HYPERVISOR, domain0: Payer.DOMAIN0 };

export const bootTimeline: Experiment = {
  name: 'boot-timeline',
  question: 'Where does a boot spend its time and its exits, and how much of that is the placement?',
  method:
    'A boot says where it is by probes at port 404h and lines on the debug console at port 402h; the hypervisor notes when. Between two ' +
    'such signs lies a phase. One boot comes with the project: a BIOS, a loader and an entry in small, with the probes 1001-1004 and ' +
    '2001-2003. The others are SeaBIOS, which has no probes but says the same in its debug lines, with GRUB from a disk, and with a ' +
    'LinuxBoot option ROM that copies a kernel by string I/O, by DMA, or through the window of a ROM card; they are run where ' +
    "'npm run guests' has obtained them.",
  models: ['modern-x86'],
  run: runBootTimeline,
};

interface Recorded {
  boot: Boot;
  /** By placement. */
  runs: { placement: string; recorder: BootRecorder; phases: Phase[] }[];
}

function runBootTimeline(lab: Lab): Findings {
  const boots = availableBoots();
  const recorded = boots.map((boot, index) => record(lab, boot, index, boots.length));
  const tables = recorded.flatMap((one) => [timelineTable(one, lab), phaseTable(one, lab), exitTable(one)]);
  const missing =
    boots.length === BOOTS.length
      ? []
      : ["Not every guest is in the cache: 'npm run guests' and 'npm run guests -- linux' obtain them."];
  return {
    statements: [...recorded.flatMap(stateBoot), ...missing],
    tables,
    plots: recorded.flatMap(({ boot }, index) => drawBoot(boot, index * 3)),
  };
}

const BOOTS = [
  ...[builtInBoot, seabiosBoot, () => linuxRomBoot('linuxboot')],
  ...[() => linuxRomBoot('linuxboot-dma'), () => linuxRomBoot('linuxboot-pci')],
];

function availableBoots(): Boot[] {
  return BOOTS.flatMap((boot) => {
    try {
      return [boot()];
    } catch (error) {
      if ((error as Error).name !== 'GuestMissing') throw error;
      return [];
    }
  });
}

function record(lab: Lab, boot: Boot, index: number, count: number): Recorded {
  const cost = toCostModel(lab.models[0]!);
  const runs = PLACEMENTS.map((placement, which) => {
    lab.progress((index + which / PLACEMENTS.length) / count);
    const timeline = lab.timeline(`${boot.name}, ${placement}`);
    const recorder = runBoot(lab.firmware, boot, placement, cost, timeline);
    return { placement, recorder, phases: recorder.phases() };
  });
  return { boot, runs };
}

function timelineTable({ boot, runs }: Recorded, lab: Lab): Table {
  const { placement, recorder } = runs[0]!;
  return {
    title: `${boot.name} under ${placement}, ${lab.models[0]!.name}: what it says, and when`,
    columns: ['what it says', 'us'],
    rows: recorder.marks.map(({ time, text }) => [text, round(time / 1000)]),
  };
}

function phaseTable({ boot, runs }: Recorded, lab: Lab): Table {
  return {
    title: `${boot.name}, phase by phase, ${lab.models[0]!.name}`,
    columns: ['phase', 'placement', 'us', 'exits', ...Object.keys(PAYERS).map((name) => `${name} us`)],
    rows: runs[0]!.phases.flatMap((_, index) =>
      runs.map(({ placement, phases }) => {
        const { name, elapsed, charged, exits } = phases[index]!;
        const paid = Object.values(PAYERS).map((payer) => round(charged[payer]! / 1000));
        return [name, placement, round(elapsed / 1000), sum(exits), ...paid];
      }),
    ),
  };
}

function exitTable({ boot, runs }: Recorded): Table {
  const { placement, phases } = runs[0]!;
  return {
    title: `${boot.name} under ${placement}: exits by phase and device`,
    columns: ['phase', 'device', 'exits'],
    rows: phases.flatMap(({ name, exits }) =>
      exits.flatMap((count, device) => (count > 0 ? [[name, DEVICE_NAMES[device]!, count]] : [])),
    ),
  };
}

function stateBoot({ boot, runs }: Recorded): string[] {
  const total = (phases: Phase[]) => sum(phases.map(({ elapsed }) => elapsed));
  const times = runs.map(({ placement, phases }) => `${placement} ${groupDigits(round(total(phases) / 1e6))}`);
  const { phases } = runs[0]!;
  const byDevice = DEVICE_NAMES.map((name, device) => [name, sum(phases.map(({ exits }) => exits[device]!))] as const);
  const all = sum(byDevice.map(([, count]) => count));
  const [device, most] = byDevice.reduce((a, b) => (b[1] > a[1] ? b : a));
  const longest = phases.reduce((a, b) => (b.elapsed > a.elapsed ? b : a));
  const guest = sum(phases.map(({ charged }) => charged[Payer.GUEST]!));
  const share = (part: number, whole: number) => `${Math.round((100 * part) / whole)}%`;
  return [
    `${boot.name}, ms from first sign to last: ${times.join(', ')}.`,
    `${boot.name} under reflect: ${groupDigits(all)} exits, ${share(most, all)} of them to ${device}; the longest phase is ` +
      `'${longest.name}', ${share(longest.elapsed, total(phases))} of the time; the guest's own instructions are ${share(guest, total(phases))}.`,
  ];
}

function drawBoot(boot: Boot, firstTable: number): Plot[] {
  const phases = boot.phases.map(([name]) => name);
  return [
    {
      title: `${boot.name}: time by phase`,
      table: firstTable + 1,
      spec: {
        mark: 'bar',
        encoding: {
          x: { field: 'us', type: 'quantitative', title: 'us' },
          y: { field: 'placement', type: 'nominal', sort: PLACEMENTS, title: null },
          color: { field: 'phase', type: 'nominal', sort: phases, scale: { scheme: 'tableau10' } },
          order: { field: 'phase order', type: 'quantitative' },
        },
        transform: [{ calculate: `indexof(${JSON.stringify(phases)}, datum.phase)`, as: 'phase order' }],
      },
    },
    {
      title: `${boot.name}: exits by phase and device, reflect`,
      table: firstTable + 2,
      spec: {
        mark: 'bar',
        encoding: {
          x: { field: 'exits', type: 'quantitative' },
          y: { field: 'phase', type: 'nominal', sort: phases, title: null },
          color: { field: 'device', type: 'nominal', scale: { scheme: 'tableau10' } },
        },
      },
    },
  ];
}

const round = (value: number) => Math.round(value * 10) / 10;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
