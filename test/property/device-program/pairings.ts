import type fc from 'fast-check';
import { FILE_CONTENTS, FILE_NAME } from '../../conformance/fw-cfg/cases';
import * as references from '../../helpers/device-program/benches';
import type { PortNames } from '../../helpers/device-program/compare';
import * as firmwares from '../../helpers/device-program/firmware-benches';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified, type Simplify } from '../../helpers/device-program/simplified';
import type { Program, ProgramRunner, UnderTest } from '../../helpers/device-program/steps';
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
  /** Programs that `npm test` runs. */
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

/** A device of which there is one kind. */
function pairing(
  name: string,
  device: {
    readonly generated: fc.Arbitrary<Program>;
    readonly ports: PortNames;
    firmware(module: WebAssembly.Module): UnderTest;
    reference(): UnderTest;
    /** Leaves out what the two are not compared by. */
    readonly simplify?: Simplify;
  },
): Pairing {
  const { generated, ports, simplify } = device;
  const runner = (subject: UnderTest): ProgramRunner => {
    const direct = new DirectRunner(subject);
    return simplify ? new Simplified(direct, simplify) : direct;
  };
  return {
    name,
    programs: 2000,
    open: (module) => ({
      generated,
      ports,
      firmware: runner(device.firmware(module)),
      reference: () => runner(device.reference()),
    }),
  };
}

const pit = pairing('8254', {
  generated: pitPrograms,
  ports: pitPorts,
  firmware: firmwares.pitFirmware,
  reference: references.pitReference,
  simplify: withoutRefresh,
});

const rtc = pairing('MC146818', {
  generated: rtcPrograms,
  ports: rtcPorts,
  firmware: firmwares.rtcFirmware,
  reference: references.rtcReference,
});

const hpet = pairing('HPET', {
  generated: hpetPrograms,
  ports: hpetPorts,
  firmware: firmwares.hpetFirmware,
  reference: () => references.hpetReference(FIRMWARE_ROUTES),
});

const pm = pairing('ACPI power management', {
  generated: pmPrograms,
  ports: pmPorts,
  firmware: firmwares.pmFirmware,
  reference: references.pmReference,
});

const i8042 = pairing('8042 and keyboard', {
  generated: keyboardPrograms,
  ports: keyboardPorts,
  firmware: firmwares.keyboardFirmware,
  reference: references.keyboardReference,
});

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
