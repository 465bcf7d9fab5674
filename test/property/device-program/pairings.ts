import type fc from 'fast-check';
import { FILE_CONTENTS, FILE_NAME } from '../../conformance/fw-cfg/cases';
import * as references from '../../helpers/device-program/benches';
import type { PortNames } from '../../helpers/device-program/compare';
import * as firmwares from '../../helpers/device-program/firmware-benches';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified } from '../../helpers/device-program/simplified';
import type { Program, ProgramRunner } from '../../helpers/device-program/steps';
import type { UartOptions } from '../../reference/uart/registers';
import { FILE_DIRECTORY, fwCfgPorts, fwCfgPrograms, readFiles } from '../fw-cfg/programs';
import { FIRMWARE_ROUTES, hpetPorts, hpetPrograms } from '../hpet/programs';
import { keyboardPorts, keyboardPrograms } from '../i8042/programs';
import { pitPorts, pitPrograms, withoutRefresh } from '../pit/programs';
import { pmPorts, pmPrograms } from '../pm/programs';
import { rtcPorts, rtcPrograms } from '../rtc/programs';
import { uartPorts, uartProgramsFor } from '../uart/programs';

/** Both sides of a comparison, and what they are compared by. */
export interface Opened {
  readonly generated: fc.Arbitrary<Program>;
  readonly firmware: ProgramRunner;
  /** A new one for each program. */
  reference(): ProgramRunner;
  readonly ports: PortNames;
}

/** One of the firmware's devices against the reference's. Only one can be open at a time. */
export interface Pairing {
  /** What is special about the device here. */
  readonly name: string;
  /** Programs that CI runs. */
  readonly programs: number;
  open(firmware: WebAssembly.Module): Opened | Promise<Opened>;
}

/** The kinds of UART, and programs for each: 2,600 together. */
const UART_KINDS: readonly (readonly [string, Partial<UartOptions>, number])[] = [
  ['16550A that sends at once and waits', { timing: 'instant' }, 700],
  ['16550A at its line rate that waits', { timing: 'timed' }, 500],
  ['16550A at its line rate that loses', { timing: 'timed', backPressure: 'lossy' }, 700],
  ['16550A that sends at once and loses', { timing: 'instant', backPressure: 'lossy' }, 300],
  ['16450 at its line rate that loses', { timing: 'timed', backPressure: 'lossy', model: '16450' }, 200],
  ['8250 that sends at once and waits', { timing: 'instant', model: '8250' }, 200],
];

const uartPairing = ([name, options, programs]: (typeof UART_KINDS)[number]): Pairing => ({
  name,
  programs,
  open: (module) => ({
    generated: uartProgramsFor(options),
    firmware: new DirectRunner(firmwares.uartFirmware(module, options)),
    reference: () => new DirectRunner(references.uartReference(options)),
    ports: uartPorts,
  }),
});

const pit: Pairing = {
  name: '8254',
  programs: 2000,
  open: (module) => ({
    generated: pitPrograms,
    firmware: new Simplified(new DirectRunner(firmwares.pitFirmware(module)), withoutRefresh),
    reference: () => new Simplified(new DirectRunner(references.pitReference()), withoutRefresh),
    ports: pitPorts,
  }),
};

const rtc: Pairing = {
  name: 'MC146818',
  programs: 2000,
  open: (module) => ({
    generated: rtcPrograms,
    firmware: new DirectRunner(firmwares.rtcFirmware(module)),
    reference: () => new DirectRunner(references.rtcReference()),
    ports: rtcPorts,
  }),
};

const hpet: Pairing = {
  name: 'HPET',
  programs: 2000,
  open: (module) => ({
    generated: hpetPrograms,
    firmware: new DirectRunner(firmwares.hpetFirmware(module)),
    reference: () => new DirectRunner(references.hpetReference(FIRMWARE_ROUTES)),
    ports: hpetPorts,
  }),
};

const pm: Pairing = {
  name: 'ACPI power management',
  programs: 2000,
  open: (module) => ({
    generated: pmPrograms,
    firmware: new DirectRunner(firmwares.pmFirmware(module)),
    reference: () => new DirectRunner(references.pmReference()),
    ports: pmPorts,
  }),
};

const i8042: Pairing = {
  name: '8042 and keyboard',
  programs: 2000,
  open: (module) => ({
    generated: keyboardPrograms,
    firmware: new DirectRunner(firmwares.keyboardFirmware(module)),
    reference: () => new DirectRunner(references.keyboardReference()),
    ports: keyboardPorts,
  }),
};

/** The reference is given the firmware's files, which the firmware makes up by itself but for one. */
const fwCfg: Pairing = {
  name: 'fw_cfg',
  programs: 2000,
  open: async (module) => {
    const firmware = new DirectRunner(firmwares.fwCfgFirmware(module, FILE_NAME, FILE_CONTENTS));
    const files = await readFiles(firmware);
    const fileKey = 0x20 + files.findIndex(({ name }) => name === FILE_NAME);
    return {
      generated: fwCfgPrograms([0, 1, FILE_DIRECTORY, fileKey]),
      firmware,
      reference: () => new DirectRunner(references.fwCfgReference(files)),
      ports: fwCfgPorts,
    };
  },
};

/** The firmware's devices that are driven by programs of port accesses, and how each is paired with the reference. */
export const PAIRINGS = {
  uart: UART_KINDS.map(uartPairing),
  pit: [pit],
  rtc: [rtc],
  hpet: [hpet],
  pm: [pm],
  i8042: [i8042],
  'fw-cfg': [fwCfg],
} as const satisfies Record<string, readonly Pairing[]>;
