import { Drive } from './drive';

/** Replies that describe the drive and the disc, each written to `buffer`; the result is its length in bytes. */

/** Frames before block 0 of a disc: two seconds of pregap ([MMC-3] READ TOC, MSF addressing). */
const PREGAP: u32 = 150;
const FRAMES_PER_SECOND: u32 = 75;
const LEAD_OUT: u32 = 0xaa;
/** Q sub-channel mode 1, data track ([MMC-3] READ TOC, ADR and CONTROL). */
const DATA_TRACK: u32 = 0x14;

/** Peripheral type, vendor "SELFIO", product and revision ([SPC-2] 7.3; version fields as in [SFF-8020i] INQUIRY). */
export function writeInquiry(drive: Drive, buffer: u32): u32 {
  memory.copy(
    buffer,
    memory.data<u8>([0x05, 0x80, 0x00, 0x21, 0x1f, 0x00, 0x00, 0x00, 0x53, 0x45, 0x4c, 0x46, 0x49, 0x4f, 0x20, 0x20]),
    16,
  );
  memory.copy(buffer + 16, drive.model, 16);
  memory.copy(buffer + 32, drive.revision, 4);
  return 36;
}

/** Fixed format, current error ([SPC-2] 7.20). */
export function writeSense(drive: Drive, buffer: u32): u32 {
  memory.fill(buffer, 0, 18);
  store<u8>(buffer, 0x70);
  store<u8>(buffer + 2, <u8>drive.senseKey);
  store<u8>(buffer + 7, 10);
  store<u16>(buffer + 12, bswap<u16>(<u16>drive.senseCode));
  return 18;
}

/** A complete disc with one session of one track ([MMC-3] READ DISC INFORMATION). */
export function writeDiscInformation(buffer: u32): u32 {
  memory.fill(buffer, 0, 34);
  store<u8>(buffer + 1, 32);
  store<u8>(buffer + 2, 0x0e);
  for (let field: u32 = 3; field <= 6; field++) store<u8>(buffer + field, 1); // first track, sessions, first and last track
  store<u8>(buffer + 7, 0x20); // unrestricted use
  return 34;
}

/** One data track of `blocks` ([MMC-3] READ TOC). Zero: there is no such format, track or session. */
export function writeToc(buffer: u32, blocks: u32, format: u32, msf: bool, firstTrack: u32): u32 {
  memory.fill(buffer, 0, 48);
  store<u8>(buffer + 2, 1);
  store<u8>(buffer + 3, 1);
  let end: u32 = buffer + 4;
  if (format == 0) end = writeTracks(end, blocks, msf, firstTrack);
  else if (format == 1) end = writeTrack(end, 1, 0, msf);
  else if (format == 2 && firstTrack <= 1) end = writeRawToc(end, blocks);
  if (end == buffer + 4) return 0;
  store<u16>(buffer, bswap<u16>(<u16>(end - buffer - 2)));
  return end - buffer;
}

function writeTracks(at: u32, blocks: u32, msf: bool, firstTrack: u32): u32 {
  if (firstTrack > 1 && firstTrack != LEAD_OUT) return at;
  const next = firstTrack <= 1 ? writeTrack(at, 1, 0, msf) : at;
  return writeTrack(next, LEAD_OUT, blocks, msf);
}

/** A track descriptor of 8 bytes. */
function writeTrack(at: u32, track: u32, block: u32, msf: bool): u32 {
  store<u8>(at + 1, <u8>DATA_TRACK);
  store<u8>(at + 2, <u8>track);
  if (msf) writeTime(at + 5, block);
  else store<u32>(at + 4, bswap<u32>(block));
  return at + 8;
}

/** Minutes, seconds, frames from the start of the pregap. */
function writeTime(at: u32, block: u32): void {
  const frames: u32 = block + PREGAP;
  store<u8>(at, <u8>(frames / (60 * FRAMES_PER_SECOND)));
  store<u8>(at + 1, <u8>((frames / FRAMES_PER_SECOND) % 60));
  store<u8>(at + 2, <u8>(frames % FRAMES_PER_SECOND));
}

/** Points A0h, A1h (first and last track), A2h (lead-out) and 1 ([MMC-3] READ TOC, format 2). */
function writeRawToc(at: u32, blocks: u32): u32 {
  store<u8>(writePoint(at, 0xa0) + 8, 1);
  store<u8>(writePoint(at + 11, 0xa1) + 8, 1);
  writeTime(writePoint(at + 22, 0xa2) + 8, blocks);
  writeTime(writePoint(at + 33, 1) + 8, 0);
  return at + 44;
}

function writePoint(at: u32, point: u32): u32 {
  store<u8>(at, 1);
  store<u8>(at + 1, <u8>DATA_TRACK);
  store<u8>(at + 3, <u8>point);
  return at;
}
