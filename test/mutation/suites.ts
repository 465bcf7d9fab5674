import fc from 'fast-check';
import { FILE_CONTENTS, FILE_NAME, FW_CFG_CASES } from '../conformance/fw-cfg/cases';
import { FwCfgDriver } from '../conformance/fw-cfg/fw-cfg-driver';
import { HPET_CASES } from '../conformance/hpet/cases';
import { HpetDriver } from '../conformance/hpet/hpet-driver';
import { IdeDriver } from '../conformance/ide/driver';
import { type IdeMachine, SPARSE } from '../conformance/ide/machines';
import { ReferenceIde } from '../conformance/ide/reference-ide';
import { GROUPS, NOT_IN_FIRMWARE } from '../conformance/ide/suite';
import { playTimeline, TIMELINES } from '../conformance/pit/timelines';
import { RTC_CASES } from '../conformance/rtc/cases';
import { RtcDriver } from '../conformance/rtc/rtc-driver';
import { runUartCase, UART_CASES } from '../conformance/uart/cases';
import {
  fwCfgReference,
  hpetReference,
  pitReference,
  rtcReference,
  uartReference,
} from '../helpers/device-program/benches';
import { expectAgreement, type PortNames } from '../helpers/device-program/compare';
import * as benches from '../helpers/device-program/firmware-benches';
import { DirectRunner } from '../helpers/device-program/run';
import { Simplified } from '../helpers/device-program/simplified';
import type { Program, ProgramRunner, UnderTest } from '../helpers/device-program/steps';
import { FirmwareIde } from '../helpers/firmware-ide';
import { fwCfgPorts, fwCfgPrograms, readFiles } from '../property/fw-cfg/programs';
import { FIRMWARE_ROUTES, hpetPorts, hpetPrograms } from '../property/hpet/programs';
import { Comparison } from '../property/ide/comparison';
import { dmaTransfer, pioRead, pioWrite } from '../property/ide/disk-operations';
import { targets } from '../property/ide/operation';
import { pitPorts, pitPrograms, withoutRefresh } from '../property/pit/programs';
import { rtcPorts, rtcPrograms } from '../property/rtc/programs';
import { uartPorts, uartProgramsFor } from '../property/uart/programs';

/** Looks for something wrong with a firmware; throws what it finds. */
export type Suite = (firmware: WebAssembly.Module) => Promise<void>;

const SEED = 2007;

async function programs<T>(count: number, generated: fc.Arbitrary<T>, run: (program: T) => Promise<unknown>) {
  const property = fc.asyncProperty(generated, async (program) => void (await run(program)));
  const { failed, errorInstance } = await fc.check(property, { seed: SEED, numRuns: count, endOnFailure: true });
  if (failed) throw errorInstance;
}

/** The programs of a device's pairing with the reference. */
function pairing(
  generated: fc.Arbitrary<Program>,
  firmware: ProgramRunner,
  reference: () => UnderTest,
  ports: PortNames,
  count: number,
): Promise<void> {
  return programs(count, generated, (program) =>
    expectAgreement(program, firmware, new DirectRunner(reference()), ports),
  );
}

const UART_KINDS = [{}, { timing: 'timed', backPressure: 'lossy' }, { timing: 'timed' }] as const;

async function uart(module: WebAssembly.Module): Promise<void> {
  for (const uartCase of UART_CASES) runUartCase(benches.uartFirmware(module, uartCase.setUp), uartCase);
  for (const kind of UART_KINDS) {
    const firmware = new DirectRunner(benches.uartFirmware(module, kind));
    await pairing(uartProgramsFor(kind), firmware, () => uartReference(kind), uartPorts, 250);
  }
}

async function pit(module: WebAssembly.Module): Promise<void> {
  for (const timeline of TIMELINES) playTimeline(benches.pitFirmware(module), timeline);
  const firmware = new Simplified(new DirectRunner(benches.pitFirmware(module)), withoutRefresh);
  await programs(400, pitPrograms, (program) =>
    expectAgreement(program, firmware, new Simplified(new DirectRunner(pitReference()), withoutRefresh), pitPorts),
  );
}

async function rtc(module: WebAssembly.Module): Promise<void> {
  for (const { run } of RTC_CASES) run(new RtcDriver(benches.rtcFirmware(module)));
  await pairing(rtcPrograms, new DirectRunner(benches.rtcFirmware(module)), rtcReference, rtcPorts, 300);
}

async function hpet(module: WebAssembly.Module): Promise<void> {
  for (const { run } of HPET_CASES) run(new HpetDriver(benches.hpetFirmware(module)));
  const firmware = new DirectRunner(benches.hpetFirmware(module));
  await pairing(hpetPrograms, firmware, () => hpetReference(FIRMWARE_ROUTES), hpetPorts, 400);
}

async function fwCfg(module: WebAssembly.Module): Promise<void> {
  const bench = () => benches.fwCfgFirmware(module, FILE_NAME, FILE_CONTENTS);
  for (const { run } of FW_CFG_CASES) run(new FwCfgDriver(bench()));
  const firmware = new DirectRunner(bench());
  const files = await readFiles(firmware);
  const keys = [0, 1, 0x19, 0x20 + files.findIndex(({ name }) => name === FILE_NAME)];
  await pairing(fwCfgPrograms(keys), firmware, () => fwCfgReference(files), fwCfgPorts, 300);
}

/** Reads and writes of the disks, by PIO and by DMA, against the reference. */
async function diskTransfers(module: WebAssembly.Module): Promise<void> {
  const sides = { machine: SPARSE, left: new FirmwareIde(module, SPARSE), right: new ReferenceIde(SPARSE) };
  const comparison = new Comparison(sides);
  const operations = targets(SPARSE).flatMap((target) => [pioRead(target), pioWrite(target), dmaTransfer(target)]);
  const list = fc.array(fc.oneof(...operations), { minLength: 1, maxLength: 6 });
  await programs(150, list, (program) => comparison.run(program));
}

async function ide(module: WebAssembly.Module): Promise<void> {
  await diskTransfers(module);
  const cases = Object.values(GROUPS)
    .flat()
    .filter(({ name }) => !NOT_IN_FIRMWARE.includes(name));
  for (const machine of new Set<IdeMachine>(cases.map((each) => each.machine))) {
    const firmware = new FirmwareIde(module, machine);
    for (const { run } of cases.filter((each) => each.machine === machine)) {
      firmware.restart();
      await run(new IdeDriver(firmware, machine));
    }
  }
}

export const SUITES = { uart, pit, rtc, hpet, 'fw-cfg': fwCfg, ide } as const;
