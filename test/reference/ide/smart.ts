import type { HardDisk } from './hard-disk';

/** What SMART remembers. It outlives resets and power cycles. [ATA-6] 8.51.2 */
export class SmartState {
  enabled = true;
  /** Routines of the self-tests so far, oldest first. */
  readonly selfTests: number[] = [];
}

/** Recommended polling times, in minutes: the tests are over at once. */
const SHORT_TEST_MINUTES = 1;
const EXTENDED_TEST_MINUTES = 1;

/** The self-test log has room for 21 descriptors of 24 bytes, and starts over when it is full. [ATA-6] 8.51.6.8.3 */
const LOG_ENTRIES = 21;
const LOG_ENTRY_BYTES = 24;

/** The key that every SMART command carries in LBA Mid and LBA High. [ATA-6] 8.51 */
const KEY_MID = 0x4f;
const KEY_HIGH = 0xc2;

/** Subcommands, in the Features register. [ATA-6] 8.51, table 46 */
const Subcommand = {
  ReadData: 0xd0,
  ReadThresholds: 0xd1,
  AttributeAutosave: 0xd2,
  ExecuteOffline: 0xd4,
  ReadLog: 0xd5,
  Enable: 0xd8,
  Disable: 0xd9,
  ReturnStatus: 0xda,
} as const;

/** [ATA-6] 8.51: without the key, or while SMART is disabled, every subcommand but ENABLE is aborted. */
export function smartCommand(disk: HardDisk): void {
  const { features, lbaMid, lbaHigh } = disk.registers;
  const keyed = lbaMid.current === KEY_MID && lbaHigh.current === KEY_HIGH;
  const handler = keyed ? SUBCOMMANDS.get(features.current) : undefined;
  if (handler === undefined || (!disk.smart.enabled && features.current !== Subcommand.Enable)) disk.reject();
  else handler(disk);
}

function setAutosave(disk: HardDisk): void {
  const selector = disk.registers.sectorCount.current;
  if (selector !== 0x00 && selector !== 0xf1) {
    disk.reject();
    return;
  }
  disk.succeed();
}

/** Short and extended self-test, in the background or captive. [ATA-6] 8.51.4, table 47 */
const SELF_TESTS: readonly number[] = [0x01, 0x02, 0x81, 0x82];

/** These, off-line collection, and the abortion of a test. */
const OFFLINE_ROUTINES: readonly number[] = [0x00, ...SELF_TESTS, 0x7f];

/** They end at once, and without a finding. */
function executeOffline(disk: HardDisk): void {
  const routine = disk.registers.lbaLow.current;
  if (!OFFLINE_ROUTINES.includes(routine)) {
    disk.reject();
    return;
  }
  if (SELF_TESTS.includes(routine)) disk.smart.selfTests.push(routine);
  disk.succeed();
}

/** No threshold is exceeded, so the key stays as it is. [ATA-6] 8.51.8 */
function returnStatus(disk: HardDisk): void {
  disk.registers.lbaMid.report(KEY_MID);
  disk.registers.lbaHigh.report(KEY_HIGH);
  disk.succeed();
}

/** The last byte makes the sum of all 512 zero. [ATA-6] 8.51.6 */
function withChecksum(block: Uint8Array): Uint8Array {
  block[511] = 0;
  block[511] = -block.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return block;
}

const VENDOR_REVISION = 0x10;

/** The attributes are the vendor's, and this one keeps none; from byte 362 the standard speaks. [ATA-6] 8.51.6, table 48 */
function smartData(): Uint8Array {
  const block = new Uint8Array(512);
  block[0] = VENDOR_REVISION;
  block[367] = 0x11; // off-line immediate and self-tests are supported
  block[368] = 0x03; // data is saved before standby; autosave is supported
  block[372] = SHORT_TEST_MINUTES;
  block[373] = EXTENDED_TEST_MINUTES;
  return withChecksum(block);
}

function smartThresholds(): Uint8Array {
  const block = new Uint8Array(512);
  block[0] = VENDOR_REVISION;
  return withChecksum(block);
}

/** Summary of errors, of which there are none. [ATA-6] 8.51.6.8.1 */
function errorLog(): Uint8Array {
  const block = new Uint8Array(512);
  block[0] = 0x01;
  return withChecksum(block);
}

/** Routine, result (passed), and a life time of zero for each test; the index of the last in byte 508. */
function selfTestLog(disk: HardDisk): Uint8Array {
  const block = new Uint8Array(512);
  block[0] = 0x01;
  disk.smart.selfTests.forEach((routine, number) => {
    const entry = number % LOG_ENTRIES;
    block[2 + entry * LOG_ENTRY_BYTES] = routine;
    block[508] = entry + 1;
  });
  return withChecksum(block);
}

/** Log 00h: a version, then how many sectors each log has. [ATA-6] 8.51.6.8, table 50 */
function logDirectory(): Uint8Array {
  const block = new Uint8Array(512);
  for (const address of [0x00, 0x01, 0x06]) block[2 * address] = 1;
  return block;
}

/** Every log is one sector, and no more can be asked for. */
function readLog(disk: HardDisk): void {
  const log = LOGS.get(disk.registers.lbaLow.current);
  if (log === undefined || disk.registers.sectorCount.current !== 1) disk.reject();
  else disk.sendBlock(log(disk));
}

const LOGS: ReadonlyMap<number, (disk: HardDisk) => Uint8Array> = new Map([
  [0x00, logDirectory],
  [0x01, errorLog],
  [0x06, selfTestLog],
]);

const SUBCOMMANDS: ReadonlyMap<number, (disk: HardDisk) => void> = new Map([
  [Subcommand.ReadData, (disk) => disk.sendBlock(smartData())],
  [Subcommand.ReadThresholds, (disk) => disk.sendBlock(smartThresholds())],
  [Subcommand.AttributeAutosave, setAutosave],
  [Subcommand.ExecuteOffline, executeOffline],
  [Subcommand.ReadLog, readLog],
  [
    Subcommand.Enable,
    (disk) => {
      disk.smart.enabled = true;
      disk.succeed();
    },
  ],
  [
    Subcommand.Disable,
    (disk) => {
      disk.smart.enabled = false;
      disk.succeed();
    },
  ],
  [Subcommand.ReturnStatus, returnStatus],
]);
