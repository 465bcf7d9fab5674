import fc from 'fast-check';
import { STANDARD } from './conformance/ide/machines';
import { expectAgreement } from './helpers/device-program/compare';
import type { Program } from './helpers/device-program/steps';
import { firmwareModule } from './helpers/firmware-device';
import { FirmwareIde } from './helpers/firmware-ide';
import { ReferenceIde } from './helpers/reference-ide';
import { PAIRINGS, type Pairing } from './property/device-program/pairings';
import { Comparison } from './property/ide/comparison';
import { programs as idePrograms } from './property/ide/programs';

/**
 * How fast the suites hold the firmware against the reference: register accesses that both sides have made, and whose results
 * were compared, for each second of one core's time. Programs are made beforehand, and run once before they are measured, so
 * that engines have optimised what they will. Resets between programs are part of the time.
 */

const PROGRAMS = 1000;
/** Programs for IDE are longer: each operation is a whole command. */
const IDE_PROGRAMS = 200;
const IDE_OPERATIONS = 8;
const SEED = 2007;

/** Register accesses in a program. */
function accessesOf(program: Program): number {
  return program.filter(({ kind }) => kind === 'in' || kind === 'out').length;
}

/** Milliseconds of processor time that `work` takes. */
async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

interface Figure {
  readonly accesses: number;
  /** Milliseconds. */
  readonly time: number;
}

async function measured(programs: number, compareAll: () => Promise<number>): Promise<Figure> {
  await compareAll();
  let accesses = 0;
  const time = await processorTime(async () => {
    accesses = await compareAll();
  });
  if (accesses < programs) throw new Error(`${accesses} accesses in ${programs} programs`);
  return { accesses, time };
}

async function measurePairing({ open }: Pairing, firmware: WebAssembly.Module): Promise<Figure> {
  const opened = await open(firmware);
  const programs = fc.sample(opened.generated, { seed: SEED, numRuns: PROGRAMS });
  const accesses = programs.reduce((sum, program) => sum + accessesOf(program), 0);
  return measured(PROGRAMS, async () => {
    for (const program of programs) {
      await expectAgreement(program, opened.firmware, opened.reference(), opened.ports);
    }
    return accesses;
  });
}

async function measureIde(firmware: WebAssembly.Module): Promise<Figure> {
  const sides = { machine: STANDARD, left: new FirmwareIde(firmware, STANDARD), right: new ReferenceIde(STANDARD) };
  const comparison = new Comparison(sides);
  const programs = fc.sample(idePrograms(STANDARD, IDE_OPERATIONS), { seed: SEED, numRuns: IDE_PROGRAMS });
  return measured(IDE_PROGRAMS, async () => {
    let accesses = 0;
    for (const program of programs) accesses += (await comparison.run(program)).accesses;
    return accesses;
  });
}

function print(name: string, { accesses, time }: Figure): void {
  const perSecond = Math.round((accesses / time) * 1000).toLocaleString('en');
  console.log(`${name.padEnd(8)} ${perSecond.padStart(10)} register accesses/s, firmware against reference`);
}

const sum = (figures: readonly Figure[]): Figure => ({
  accesses: figures.reduce((total, { accesses }) => total + accesses, 0),
  time: figures.reduce((total, { time }) => total + time, 0),
});

/** Each device's figure, and that of all together. */
async function measureAll(): Promise<void> {
  const firmware = await firmwareModule();
  const all: Figure[] = [];
  for (const [device, pairings] of Object.entries<readonly Pairing[]>(PAIRINGS)) {
    const figures: Figure[] = [];
    for (const pairing of pairings) figures.push(await measurePairing(pairing, firmware));
    print(device, sum(figures));
    all.push(...figures);
  }
  const ide = await measureIde(firmware);
  print('ide', ide);
  print('together', sum([...all, ide]));
}

const HELP = `npm run bench:suites: how many register accesses the suites compare in a second of one core's time, firmware against reference,
for each device and for all together.
`;

const [word] = process.argv.slice(2);
if (word === '--help' || word === '-h') process.stdout.write(HELP);
else if (word !== undefined) {
  process.stderr.write(`bench:suites: '${word}' is not expected here; try --help\n`);
  process.exitCode = 2;
} else await measureAll();
