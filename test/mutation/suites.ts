import fc from 'fast-check';
import { FILE_CONTENTS, FILE_NAME, FW_CFG_CASES } from '../conformance/fw-cfg/cases';
import { FwCfgDriver } from '../conformance/fw-cfg/fw-cfg-driver';
import { HPET_CASES } from '../conformance/hpet/cases';
import { HpetDriver } from '../conformance/hpet/hpet-driver';
import { KEYBOARD_CONTROLLER_CASES } from '../conformance/i8042/cases';
import { firmwareKeyboardController } from '../conformance/i8042/firmware-controller';
import { IdeDriver } from '../conformance/ide/driver';
import { type IdeMachine, SPARSE, STANDARD } from '../conformance/ide/machines';
import { GROUPS } from '../conformance/ide/suite';
import { playTimeline, TIMELINES } from '../conformance/pit/timelines';
import { PM_CASES } from '../conformance/pm/cases';
import { ROM_CARD_CASES } from '../conformance/rom-card/cases';
import { RTC_CASES } from '../conformance/rtc/cases';
import { RtcDriver } from '../conformance/rtc/rtc-driver';
import { runUartCase, UART_CASES } from '../conformance/uart/cases';
import { expectAgreement } from '../helpers/device-program/compare';
import * as benches from '../helpers/device-program/firmware-benches';
import { FirmwareIde } from '../helpers/firmware-ide';
import { ReferenceIde } from '../helpers/reference-ide';
import { PAIRINGS } from '../property/device-program/pairings';
import { Comparison } from '../property/ide/comparison';
import { edgePrograms, programs as idePrograms, interleavedPrograms } from '../property/ide/programs';

const SEED = 2007;
const IDE_OPERATIONS = 8;

async function programs<T>(count: number, generated: fc.Arbitrary<T>, run: (program: T) => Promise<unknown>) {
  const property = fc.asyncProperty(generated, async (program) => void (await run(program)));
  const { failed, errorInstance } = await fc.check(property, { seed: SEED, numRuns: count, endOnFailure: true });
  if (failed) throw errorInstance;
}

/** The first programs of a device's pairings with the reference. */
async function pairings(device: keyof typeof PAIRINGS, module: WebAssembly.Module, share: number): Promise<void> {
  for (const { open, programs: count } of PAIRINGS[device]) {
    const { generated, firmware, reference, ports } = await open(module);
    await programs(Math.ceil(count * share), generated, (program) =>
      expectAgreement(program, firmware, reference(), ports),
    );
  }
}

async function uart(module: WebAssembly.Module): Promise<void> {
  for (const uartCase of UART_CASES) runUartCase(benches.uartFirmware(module, uartCase.setUp), uartCase);
  await pairings('uart', module, 0.3);
}

async function pit(module: WebAssembly.Module): Promise<void> {
  for (const timeline of TIMELINES) playTimeline(benches.pitFirmware(module), timeline);
  await pairings('pit', module, 0.2);
}

async function rtc(module: WebAssembly.Module): Promise<void> {
  for (const { run } of RTC_CASES) run(new RtcDriver(benches.rtcFirmware(module)));
  await pairings('rtc', module, 0.15);
}

async function hpet(module: WebAssembly.Module): Promise<void> {
  for (const { run } of HPET_CASES) run(new HpetDriver(benches.hpetFirmware(module)));
  await pairings('hpet', module, 0.2);
}

async function pm(module: WebAssembly.Module): Promise<void> {
  for (const { run } of PM_CASES) {
    const subject = benches.pmFirmware(module);
    subject.reset();
    run(subject);
  }
  await pairings('pm', module, 0.15);
}

async function i8042(module: WebAssembly.Module): Promise<void> {
  for (const { run } of KEYBOARD_CONTROLLER_CASES) run(firmwareKeyboardController(module));
  await pairings('i8042', module, 0.15);
}

async function fwCfg(module: WebAssembly.Module): Promise<void> {
  const bench = () => benches.fwCfgFirmware(module, FILE_NAME, FILE_CONTENTS);
  for (const { run } of FW_CFG_CASES) run(new FwCfgDriver(bench()));
  await pairings('fw-cfg', module, 0.15);
}

async function romCard(module: WebAssembly.Module): Promise<void> {
  for (const { run } of ROM_CARD_CASES) run(module);
}

/** Programs against the reference, one operation after the other and both channels at once. */
async function idePairing(module: WebAssembly.Module, machine: IdeMachine, count: number): Promise<void> {
  const sides = { machine, left: new FirmwareIde(module, machine), right: new ReferenceIde(machine) };
  const comparison = new Comparison(sides);
  const kinds = [
    idePrograms(machine, IDE_OPERATIONS),
    interleavedPrograms(machine, IDE_OPERATIONS),
    edgePrograms(machine),
  ];
  for (const generated of kinds) {
    await programs(count, generated, (program) => comparison.run(program));
  }
}

async function ide(module: WebAssembly.Module): Promise<void> {
  await idePairing(module, STANDARD, 120);
  await idePairing(module, SPARSE, 60);
  const cases = Object.values(GROUPS).flat();
  for (const machine of new Set<IdeMachine>(cases.map((each) => each.machine))) {
    const firmware = new FirmwareIde(module, machine);
    for (const { run } of cases.filter((each) => each.machine === machine)) {
      firmware.restart();
      await run(new IdeDriver(firmware, machine));
    }
  }
}

export const SUITES = { uart, pit, rtc, hpet, pm, i8042, 'fw-cfg': fwCfg, 'rom-card': romCard, ide } as const;
