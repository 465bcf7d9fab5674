import fc from 'fast-check';
import ts from 'typescript';
import { PIC_CASES } from '../conformance/pic/cases';
import { PicDriver } from '../conformance/pic/pic-driver';
import { picReference } from '../helpers/device-program/benches';
import { expectAgreement } from '../helpers/device-program/compare';
import { DirectRunner } from '../helpers/device-program/run';
import { Simplified } from '../helpers/device-program/simplified';
import { PicSubject } from '../helpers/firmware-subject';
import { levelsOnly, picPorts, picPrograms } from '../property/pic/programs';
import type { Mutant } from './compile';
import { sourceOf } from './compile';
import { PIC_CHIP, PIC_MUTANTS, PIC_PAIR } from './mutants/pic';
import { type Build, declareMutants } from './score';

const PROGRAMS = 800;
const SEED = 2007;

/** What a module of the hypervisor's exports, with a fault planted in its source if it is that one's file. */
function evaluate(file: string, mutant: Mutant | undefined, modules: Readonly<Record<string, unknown>> = {}) {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(sourceOf(file, mutant), { compilerOptions });
  const exports: Record<string, unknown> = {};
  new Function('exports', 'require', outputText)(exports, (name: string) => modules[name]);
  return exports;
}

/** The interrupt controllers stay in the hypervisor, which is no firmware: their sources are compiled apart. */
const inHypervisor: Build = async (mutant) => {
  const chip = evaluate(PIC_CHIP, mutant);
  const { PicPair } = evaluate(PIC_PAIR, mutant, {
    './pic-chip': chip,
  }) as typeof import('../../hypervisor/interrupt/pic-pair');
  const subject = () => new PicSubject(() => new PicPair());
  return async () => {
    for (const { run } of PIC_CASES) run(new PicDriver(subject()));
    const hypervisor = new Simplified(new DirectRunner(subject()), levelsOnly);
    const reference = new Simplified(new DirectRunner(picReference()), levelsOnly);
    const property = fc.asyncProperty(picPrograms, (program) =>
      expectAgreement(program, hypervisor, reference, picPorts),
    );
    const { failed, errorInstance } = await fc.check(property, { seed: SEED, numRuns: PROGRAMS, endOnFailure: true });
    if (failed) throw errorInstance;
  };
};

declareMutants('pic', PIC_MUTANTS, inHypervisor);
