import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Experiment, Findings, Table } from './experiment';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Parts of the project by what they do on a host: files, and folders with all that lies below. */
export const PARTS = {
  'device models and their wiring': [
    ...['firmware-emu/devices', 'firmware-emu/wiring', 'firmware-emu/contract', 'firmware-emu/main.ts'],
    ...['firmware-emu/bus.ts', 'firmware-emu/string-io.ts', 'firmware-emu/shadow.ts', 'firmware-emu/hypercalls.ts'],
  ],
  'PV front-ends': ['pv-drivers/frontend'],
  'PV back-ends': ['pv-drivers/backend', 'pv-drivers/ring', 'pv-drivers/protocol'],
  'exits, events, grants, interrupt controller': [
    ...['hypervisor/trap', 'hypervisor/events', 'hypervisor/memory', 'hypervisor/interrupt'],
    ...['hypervisor/hypercalls.ts', 'hypervisor/firmware-hypercalls.ts', 'hypervisor/guest-interface.ts'],
    ...['hypervisor/run-loop.ts', 'hypervisor/platform.ts', 'hypervisor/placement/builtin-servers.ts'],
  ],
  'reflection itself': [
    ...['hypervisor/reflect', 'hypervisor/placement/firmware-server.ts', 'hypervisor/placement/reach.ts'],
  ],
  'ioreq page and posted writes': [
    ...['hypervisor/placement/ioreq-page.ts', 'hypervisor/placement/ioreq-server.ts'],
    'hypervisor/placement/device-process.ts',
  ],
} as const;
type Part = keyof typeof PARTS;

/** What only a simulation has, or only this platform, or what is no code: it belongs to nobody on a host. */
export const NOT_COUNTED = [
  ...[
    'hypervisor/abi',
    'hypervisor/time',
    'hypervisor/trace',
    'hypervisor/live',
    'hypervisor/snapshot',
    'hypervisor/domain0',
  ],
  ...[
    'hypervisor/machine.ts',
    'hypervisor/config.ts',
    'hypervisor/device-names.ts',
    'hypervisor/placement/placements.ts',
  ],
  ...['hypervisor/placement/servers.ts', 'hypervisor/placement/charges.ts', 'hypervisor/placement/io-server.ts'],
  // Ways to have it otherwise, none of which is the plain form of a placement in the tables.
  ...[
    'hypervisor/placement/emulator.ts',
    'hypervisor/placement/shadow-server.ts',
    'hypervisor/placement/forwarding-server.ts',
  ],
  'firmware-emu/toolchain',
] as const;

const COMMON: Part[] = ['exits, events, grants, interrupt controller'];
const DEVICES: Part[] = ['device models and their wiring', 'PV front-ends'];

/** Which part runs where: the hypervisor, the guest itself, domain 0, or another process or domain. */
const PLACES: Record<string, { hypervisor: Part[]; guest: Part[]; domain0: Part[]; other: Part[] }> = {
  reflect: { hypervisor: [...COMMON, 'reflection itself'], guest: DEVICES, domain0: ['PV back-ends'], other: [] },
  inkernel: { hypervisor: [...COMMON, ...DEVICES], guest: [], domain0: ['PV back-ends'], other: [] },
  ioemu: {
    hypervisor: [...COMMON, 'ioreq page and posted writes'],
    guest: [],
    domain0: [...DEVICES, 'PV back-ends'],
    other: [],
  },
  stubdom: {
    hypervisor: [...COMMON, 'ioreq page and posted writes'],
    guest: [],
    domain0: ['PV back-ends'],
    other: DEVICES,
  },
  'kvm-user': { hypervisor: COMMON, guest: [], domain0: ['PV back-ends'], other: DEVICES },
};

/** What a guest that has found a hole in a device model holds then. Read off the design, not measured. */
const REACH: Record<string, string> = {
  reflect: 'its own memory, which it had before',
  inkernel: 'the hypervisor, and so every guest',
  ioemu: 'domain 0, and so every guest, unless the process is confined',
  stubdom: 'the stub domain: rights over this one guest',
  'kvm-user': 'a user process: what its user may do',
};

export const trustedCode: Experiment = {
  name: 'trusted-code',
  question:
    'How much code must be right for guests to be safe from each other, and what does a hole in a device model give?',
  method:
    'Lines of source that are neither empty nor comment, and bytes of the files, of the parts that a host would run, added up by ' +
    'who runs them under each placement. The parts are those of this project, not of Xen or QEMU: compare the columns of one ' +
    'row and the rows with each other, not with other systems. The last table is read off the design.',
  models: [],
  run: runTrustedCode,
};

interface Size {
  lines: number;
  bytes: number;
}

function runTrustedCode(): Findings {
  const sizes = Object.fromEntries(
    Object.entries(PARTS).map(([part, paths]) => [part, add(paths.map((path) => sizeOf(join(ROOT, path))))]),
  ) as Record<Part, Size>;
  const parts: Table = {
    title: 'The parts',
    columns: ['part', 'lines', 'bytes'],
    rows: Object.entries(sizes).map(([part, { lines, bytes }]) => [part, lines, bytes]),
  };
  const total = (list: Part[]) => add(list.map((part) => sizes[part])).lines;
  const places: Table = {
    title: 'Lines by who runs them',
    columns: ['placement', 'hypervisor', 'domain 0', 'other process or domain', 'guest', 'shared by all guests'],
    rows: Object.entries(PLACES).map(([placement, { hypervisor, domain0, other, guest }]) => [
      ...[placement, total(hypervisor), total(domain0), total(other), total(guest)],
      total(hypervisor) + total(domain0),
    ]),
  };
  const reach: Table = {
    title: 'A guest that has found a hole in a device model holds',
    columns: ['placement', 'what'],
    rows: Object.entries(REACH),
  };
  const shared = Object.fromEntries(places.rows.map((row) => [row[0], Number(row[5])]));
  const less = Math.round(100 * (1 - shared.reflect! / shared.ioemu!));
  const bare = sizes['reflection itself'].lines;
  return {
    statements: [
      `Reflection takes ${less}% of the lines that all guests depend on under ioemu out of their reach; reflecting adds ${bare} to the hypervisor.`,
      'A guest that breaks reflected firmware has broken what was its own; the back-ends remain, which every placement has.',
    ],
    tables: [parts, places, reach],
    plots: [PLOT],
  };
}

const add = (sizes: Size[]): Size =>
  sizes.reduce((sum, { lines, bytes }) => ({ lines: sum.lines + lines, bytes: sum.bytes + bytes }), {
    lines: 0,
    bytes: 0,
  });

/** A file, or all TypeScript files below a folder. */
function sizeOf(path: string): Size {
  if (path.endsWith('.ts')) return sizeOfText(readFileSync(path, 'utf8'));
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return add(files.map((name) => sizeOfText(readFileSync(join(path, name), 'utf8'))));
}

/** Lines with code on them: comments stand on lines of their own in this project. */
export function sizeOfText(text: string): Size {
  const lines = text.split('\n').filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line));
  return { lines: lines.length, bytes: Buffer.byteLength(text) };
}

const FOLDED = ['hypervisor', 'domain 0', 'other process or domain', 'guest'];
const PLOT = {
  title: 'Lines by who runs them',
  table: 1,
  spec: {
    transform: [{ fold: FOLDED, as: ['who', 'lines'] }],
    mark: 'bar',
    encoding: {
      x: { field: 'lines', type: 'quantitative' },
      y: { field: 'placement', type: 'nominal', sort: null, title: null },
      color: { field: 'who', type: 'nominal', sort: FOLDED },
    },
  },
};
