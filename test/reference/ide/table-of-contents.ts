/** READ TOC/PMA/ATIP for a disc of one data track in one session. [MMC-3] 5.23 */

const DATA_TRACK = 0x14;
const LEAD_OUT = 0xaa;
const FRAMES_PER_SECOND = 75;
/** Two seconds precede sector 0. [MMC-3] 4.2.3 */
const PREGAP_FRAMES = 150;

const bigEndian = (value: number): number[] => [
  value >>> 24,
  (value >>> 16) & 0xff,
  (value >>> 8) & 0xff,
  value & 0xff,
];

function position(sector: number, asTime: boolean): number[] {
  if (!asTime) return bigEndian(sector);
  const frames = sector + PREGAP_FRAMES;
  const seconds = Math.floor(frames / FRAMES_PER_SECOND);
  return [0, Math.floor(seconds / 60) & 0xff, seconds % 60, frames % FRAMES_PER_SECOND];
}

/** Length of what follows, then first and last track or session, both 1. */
function withHeader(entries: readonly number[]): Uint8Array {
  return Uint8Array.from([0, entries.length + 2, 1, 1, ...entries]);
}

/** Format 0: one descriptor a track, from the one asked for on, and the lead-out. */
function tracks(sectors: number, asTime: boolean, from: number): Uint8Array | undefined {
  if (from > 1 && from !== LEAD_OUT) return undefined;
  const first = from === LEAD_OUT ? [] : [0, DATA_TRACK, 1, 0, ...position(0, asTime)];
  return withHeader([...first, 0, DATA_TRACK, LEAD_OUT, 0, ...position(sectors, asTime)]);
}

/** Format 1: the first track of the last session. */
function sessions(asTime: boolean): Uint8Array {
  return withHeader([0, DATA_TRACK, 1, 0, ...position(0, asTime)]);
}

/** Format 2: the lead-in's own descriptors, in which times are times whatever the host has asked for. */
function rawTracks(sectors: number): Uint8Array {
  const entry = (point: number, where: readonly number[]): number[] => [1, DATA_TRACK, 0, point, 0, 0, 0, ...where];
  return withHeader([
    ...entry(0xa0, [0, 1, 0, 0]),
    ...entry(0xa1, [0, 1, 0, 0]),
    ...entry(0xa2, position(sectors, true)),
    ...entry(1, position(0, true)),
  ]);
}

/** The reply, or `undefined` for a format or track that there is not. */
export function tableOfContents(
  sectors: number,
  format: number,
  asTime: boolean,
  from: number,
): Uint8Array | undefined {
  switch (format) {
    case 0:
      return tracks(sectors, asTime, from);
    case 1:
      return sessions(asTime);
    case 2:
      return from > 1 ? undefined : rawTracks(sectors);
    default:
      return undefined;
  }
}
