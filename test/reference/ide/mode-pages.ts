/** A mode page: its code, and what follows the page length. */
export interface ModePage {
  readonly code: number;
  readonly parameters: readonly number[];
}

/** Length of the header of MODE SENSE (10). [SPC-3] 7.4.3 */
const HEADER_BYTES = 8;
/** Medium type: door closed, nothing said of the disc. [SFF-8020i] table 77 */
const MEDIUM_TYPE = 0x70;

export function modeReply({ code, parameters }: ModePage): Uint8Array {
  const reply = new Uint8Array(HEADER_BYTES + 2 + parameters.length);
  reply[1] = reply.length - 2;
  reply[2] = MEDIUM_TYPE;
  reply.set([code, parameters.length, ...parameters], HEADER_BYTES);
  return reply;
}

/** [MMC-3] 6.3.6: five retries. */
export function errorRecoveryPage(): ModePage {
  return { code: 0x01, parameters: [0, 5, 0, 0, 0, 0] };
}

/** [MMC-3] 6.3.4: both outputs are silent. */
export function volumePage(): ModePage {
  return { code: 0x0e, parameters: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
}

const SPEED_4X = [704 >> 8, 704 & 0xff] as const;
const BUFFER_512K = [2, 0] as const;

/** CD capabilities and mechanical status. [MMC-3] 6.3.11 */
export function capabilitiesPage(locked: boolean): ModePage {
  const mechanism = 0x29 | (locked ? 0x02 : 0); // tray, ejects, can be locked; locked now
  const capabilities = [0x3b, 0x00, 0x71, 0x60, mechanism, 0x00];
  const rates = [...SPEED_4X, 0, 2, ...BUFFER_512K, ...SPEED_4X];
  return { code: 0x2a, parameters: [...capabilities, ...rates, 0, 0, 0, 0, 0, 0] };
}
