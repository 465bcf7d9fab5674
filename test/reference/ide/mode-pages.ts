import type { CdRom } from './cd-rom';

/** A mode page: its code, and what follows the page length. */
interface ModePage {
  readonly code: number;
  readonly parameters: readonly number[];
  /** Which bits of the parameters MODE SELECT could change: there is no MODE SELECT. */
  readonly changeable: readonly number[];
}

/** Page control. [SPC-3] 6.10.1 */
const CHANGEABLE_VALUES = 1;
export const SAVED_VALUES = 3;

const ALL_PAGES = 0x3f;

/** [MMC-3] 6.3.6: five retries. */
function errorRecoveryPage(): ModePage {
  return page(0x01, [0, 5, 0, 0, 0, 0]);
}

/** What a CD holds a second in its four-fold speed, in 1000 bytes. */
const SPEED = [0x02, 0xc2] as const;
const BUFFER_KIB = [0x00, 0x40] as const;

/** CD capabilities and mechanical status, as drives before MMC-2 have it. [SFF-8020i] 10.8.7.4 */
function capabilitiesPage(locked: boolean): ModePage {
  const reads = 0x0b; // CD-R, CD-RW and DVD-ROM
  const forms = 0x70; // multisession, mode 2 form 1 and 2
  const mechanism = 0x29 | (locked ? 0x02 : 0); // tray, ejects, can be locked; locked now
  return page(0x2a, [reads, 0, forms, 0, mechanism, 0, ...SPEED, 0, 0, ...BUFFER_KIB, ...SPEED, 0, 0, 0, 0]);
}

function page(code: number, parameters: readonly number[]): ModePage {
  return { code, parameters, changeable: parameters.map(() => 0) };
}

/** The pages asked for, each with its header, or `undefined` if there is no such page. */
export function modePages(drive: CdRom, code: number, control: number): number[] | undefined {
  const pages = [errorRecoveryPage(), capabilitiesPage(drive.trayLocked)];
  const asked = pages.filter((candidate) => code === ALL_PAGES || candidate.code === code);
  if (asked.length === 0) return undefined;
  return asked.flatMap(({ code: own, parameters, changeable }) => {
    const values = control === CHANGEABLE_VALUES ? changeable : parameters;
    return [own, values.length, ...values];
  });
}

/** Medium type: 120 mm data disc, door closed without a disc, door open. [SFF-8020i] table 77 */
const mediumType = (drive: CdRom): number => (drive.trayOpen ? 0x71 : drive.isLoaded ? 0x01 : 0x70);

/** MODE SENSE (10) has a header of eight bytes; its length does not count itself. [SPC-3] 7.4.3 */
export function modeReply(drive: CdRom, pages: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 6 + pages.length, mediumType(drive), 0, 0, 0, 0, 0, ...pages]);
}
