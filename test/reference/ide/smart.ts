import type { HardDisk } from './hard-disk';

/** What SMART remembers. It outlives resets and power cycles. [ATA-6] 8.51.2 */
export class SmartState {
  enabled = true;
}

/** Recommended polling times, in minutes: the tests are over at once. */
const SHORT_TEST_MINUTES = 1;
const EXTENDED_TEST_MINUTES = 1;

/** The key that every SMART command carries in LBA Mid and LBA High. [ATA-6] 8.51 */
const KEY_MID = 0x4f;
const KEY_HIGH = 0xc2;

/** Subcommands, in the Features register. [ATA-6] 8.51, table 46 */
const Subcommand = {
  ReadData: 0xd0,
  ReadThresholds: 0xd1,
  AttributeAutosave: 0xd2,
  ExecuteOffline: 0xd4,
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

/** Routines: off-line collection, short and extended self-test, and the abortion of one. [ATA-6] 8.51.4, table 47 */
const OFFLINE_ROUTINES: readonly number[] = [0x00, 0x01, 0x02, 0x7f];

/** They end at once, and without a finding. */
function executeOffline(disk: HardDisk): void {
  if (OFFLINE_ROUTINES.includes(disk.registers.lbaLow.current)) disk.succeed();
  else disk.reject();
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

const SUBCOMMANDS: ReadonlyMap<number, (disk: HardDisk) => void> = new Map([
  [Subcommand.ReadData, (disk) => disk.sendBlock(smartData())],
  [Subcommand.ReadThresholds, (disk) => disk.sendBlock(smartThresholds())],
  [Subcommand.AttributeAutosave, setAutosave],
  [Subcommand.ExecuteOffline, executeOffline],
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
