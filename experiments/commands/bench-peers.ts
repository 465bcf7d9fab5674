import { LINUX_COMMAND_LINE, locateGuest } from '../../guest/images';
import { PROGRAMS, type ProgramName } from '../../guest/programs';
import { directLinux } from '../blobs/direct-kernel';
import type { KernelBoot, Peer } from '../peers/peer';
import { hasQemu, Qemu } from '../peers/qemu';
import { Selfio } from '../peers/selfio';
import { V86 } from '../peers/v86';
import { renderTable } from '../table';

/** One figure of every emulator. A higher speed is better: rounds or instructions per second, boots per second. */
export interface PeerFigure {
  name: string;
  unit: string;
  /** By the emulator's name; none if it is not installed or did not come to an end. */
  values: Record<string, number>;
  /** This emulator's speed as a part of each peer's. */
  ratios: Record<string, number>;
}

const LOOPS = ['bench-alu', 'bench-memory', 'bench-call', 'bench-port-read'] as const;
const MEGA = 1e6;
/** As many as fit the RAM that every emulator has for loops. */
const STRING_BYTES = 14 * 2 ** 20;
const RAM = 64 * 2 ** 20;
/** The init script's last line before the shell. */
const BOOTED = 'Type poweroff';

/** The same guest loops and the same kernel on this emulator and on others, in one run. */
export async function peerFigures(firmware: WebAssembly.Module, repeat: number): Promise<PeerFigure[]> {
  const peers: Peer[] = [new Selfio(firmware), new V86(), ...(hasQemu() ? [new Qemu()] : [])];
  const figures: PeerFigure[] = [];
  for (const loop of LOOPS) figures.push(await loopFigure(peers, loop, repeat));
  figures.push(await stringFigure(peers, repeat), await bootFigure(peers));
  return figures;
}

/** One REP INSB from fw_cfg's data port; where there is no such item its zeros, which a device gives one by one all the same. */
async function stringFigure(peers: readonly Peer[], repeat: number): Promise<PeerFigure> {
  const values: Record<string, number> = {};
  for (const peer of peers) {
    const seconds = await median(repeat, () => peer.runLoop('bench-string-bytes', STRING_BYTES));
    if (seconds !== undefined) values[peer.name] = STRING_BYTES / seconds / MEGA;
  }
  return { name: 'rep insb', unit: 'MB/s', values, ratios: ratios(values, (own, other) => own / other) };
}

async function loopFigure(peers: readonly Peer[], loop: ProgramName, repeat: number): Promise<PeerFigure> {
  const { parameter, instructionsPerRound } = PROGRAMS[loop] as { parameter: number; instructionsPerRound: number };
  const reads = loop === 'bench-port-read';
  const values: Record<string, number> = {};
  for (const peer of peers) {
    const rounds = parameter * peer.scale;
    const seconds = await median(repeat, () => peer.runLoop(loop, rounds));
    if (seconds !== undefined) values[peer.name] = (rounds * (reads ? 1 : instructionsPerRound)) / seconds / MEGA;
  }
  const name = reads ? 'port reads' : `${loop.slice('bench-'.length)} loop`;
  return { name, unit: reads ? 'M/s' : 'MIPS', values, ratios: ratios(values, (own, other) => own / other) };
}

async function bootFigure(peers: readonly Peer[]): Promise<PeerFigure> {
  const boot = linuxBoot();
  const values: Record<string, number> = {};
  for (const peer of peers) {
    const seconds = await peer.bootKernel(boot);
    if (seconds !== undefined) values[peer.name] = seconds;
  }
  return { name: 'Linux to its shell', unit: 's', values, ratios: ratios(values, (own, other) => other / own) };
}

function linuxBoot(): KernelBoot {
  const { vmlinux, initrd, disk } = locateGuest('linux');
  const files = { kernel: vmlinux, initrd, commandLine: LINUX_COMMAND_LINE, ramBytes: RAM };
  return { ramBytes: RAM, ...directLinux(files), disk, until: BOOTED };
}

/** The middle one of several measurements, before which one is made for the compilers to warm up; undefined if one failed. */
async function median(repeat: number, run: () => Promise<number | undefined>): Promise<number | undefined> {
  const values: number[] = [];
  await run();
  for (let time = 0; time < repeat; time++) {
    const value = await run();
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function ratios(values: Record<string, number>, speed: (own: number, other: number) => number): Record<string, number> {
  const { selfio: own, ...others } = values;
  if (own === undefined) return {};
  return Object.fromEntries(Object.entries(others).map(([name, other]) => [name, speed(own, other)]));
}

export function renderPeers(figures: readonly PeerFigure[]): string {
  const names = [...new Set(figures.flatMap(({ values }) => Object.keys(values)))];
  const others = names.filter((name) => name !== 'selfio');
  const digits = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 0));
  const rows = figures.map(({ name, unit, values, ratios: shares }) => [
    `${name}, ${unit}`,
    ...names.map((peer) => digits(values[peer])),
    ...others.map((peer) => (shares[peer] === undefined ? '-' : shares[peer]!.toFixed(3))),
  ]);
  const table = renderTable(['figure', ...names, ...others.map((peer) => `selfio / ${peer}`)], rows);
  const note =
    'The peers run on their own devices and in real time; selfio reflects every access and passes over idle time.';
  return `${table}\n${names.includes('QEMU TCG') ? '' : 'QEMU is not installed.\n'}${note}`;
}
