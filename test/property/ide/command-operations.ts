/** Commands other than transfers: those without data, and those whose one block is about the drive. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import {
  address,
  command,
  commandBlock,
  dumpRegisters,
  readBlock,
  select,
  settle,
  write,
} from '../../conformance/ide/verbs';
import { pioCounts } from './disk-operations';
import { describe, extents, hex, Operation, type Operations, place, type Target } from './operation';

/** Commands without data, and those whose only block the guest may leave unread. */
const PLAIN_CODES = [
  0x00, 0x08, 0x10, 0x1f, 0x27, 0x40, 0x42, 0x70, 0x94, 0x95, 0x96, 0x97, 0x98, 0xa1, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5,
  0xe6, 0xe7, 0xea, 0xec, 0xf8,
] as const;

/** With QEMU the data of IDENTIFY is taken in any case: rows of deviations go by the last command, were it ignored or not. */
export function plainCommand(target: Target, withQemu: boolean): Operations {
  const { channel, device } = target;
  return fc
    .tuple(fc.constantFrom(...PLAIN_CODES), extents(target, pioCounts), fc.boolean(), fc.boolean())
    .map(([code, extent, takeData, looks]) => {
      return new Operation(`command ${place(channel, device)} ${hex(code)} ${describe(extent)}`, [
        ...address(channel, extent),
        ...command(channel, code),
        ...(looks ? dumpRegisters(channel) : []),
        ...(takeData || (withQemu && isIdentify(code)) ? readBlock(channel, 512) : []),
        settle(),
        ...(looks ? dumpRegisters(channel) : []),
      ]);
    });
}

const IDENTIFY_DEVICE = 0xec;
const IDENTIFY_PACKET_DEVICE = 0xa1;
export const isIdentify = (code: number): boolean => code === IDENTIFY_DEVICE || code === IDENTIFY_PACKET_DEVICE;

export function identify({ channel, device, drive }: Target): Operations {
  const code = drive.kind === 'disk' ? IDENTIFY_DEVICE : IDENTIFY_PACKET_DEVICE;
  return fc.constant(
    new Operation(`identify ${place(channel, device)}`, [
      select(channel, device),
      ...command(channel, code),
      ...readBlock(channel, 512),
      ...dumpRegisters(channel),
    ]),
  );
}

/** Without 66h: see the deviation `settings-kept`. */
const FEATURES = [0x02, 0x82, 0x03, 0x03, 0x03, 0x05, 0x55, 0x85, 0xaa, 0xcc, 0x42, 0xc2, 0x01, 0x77] as const;

export function setFeatures({ channel, device }: Target): Operations {
  const counts = fc.constantFrom(0x00, 0x01, 0x08, 0x0c, 0x10, 0x12, 0x20, 0x22, 0x40, 0x42, 0x45, 0x18, 0x80, 0xff);
  return fc.tuple(fc.constantFrom(...FEATURES), counts).map(([feature, count]) => {
    return new Operation(`setFeatures ${place(channel, device)} ${hex(feature)} ${hex(count)}`, [
      select(channel, device),
      write(commandBlock(channel) + 1, feature),
      write(commandBlock(channel) + 2, count),
      ...command(channel, 0xef),
      ...dumpRegisters(channel),
    ]);
  });
}

/** SET MULTIPLE MODE and INITIALIZE DEVICE PARAMETERS; a count of 0 in the latter would end QEMU. */
export function configure({ channel, device }: Target): Operations {
  const multiple = fc.tuple(fc.constant(0xc6), fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 32, 255), fc.constant(0));
  const geometry = fc.tuple(fc.constant(0x91), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 15 }));
  return fc.oneof({ weight: 3, arbitrary: multiple }, { weight: 1, arbitrary: geometry }).map(([code, count, head]) => {
    return new Operation(`configure ${place(channel, device)} ${hex(code)} count=${count} head=${head}`, [
      write(commandBlock(channel) + 6, 0xa0 | (device << 4) | head),
      write(commandBlock(channel) + 2, count),
      ...command(channel, code),
      ...dumpRegisters(channel),
    ]);
  });
}

const SMART_SUBCOMMANDS = [0xd0, 0xd1, 0xd2, 0xd4, 0xd5, 0xd8, 0xd9, 0xda, 0xdb] as const;
const EXECUTE_OFFLINE = 0xd4;
const SMART_KEY = 0xc24f;
const SELF_TEST_LOG = { feature: 0xd5, key: SMART_KEY, count: 1, low: 6 };

interface SmartCommand {
  readonly feature: number;
  /** LBA Mid and High. */
  readonly key: number;
  readonly count: number;
  readonly low: number;
}

function smartCommand({ channel, device }: Target, { feature, key, count, low }: SmartCommand): Step[] {
  const base = commandBlock(channel);
  const reads = feature === 0xd0 || feature === 0xd1 || feature === 0xd5;
  return [
    select(channel, device),
    write(base + 1, feature),
    write(base + 2, count),
    write(base + 3, low),
    write(base + 4, key & 0xff),
    write(base + 5, key >> 8),
    ...command(channel, 0xb0),
    ...(reads ? readBlock(channel, 512) : []),
    ...dumpRegisters(channel),
  ];
}

/** A SMART command, and after a self-test a look into its log. QEMU has no captive ones: see the deviation `smart-captive`. */
export function smart(target: Target, withQemu: boolean): Operations {
  const key = fc.constantFrom(SMART_KEY, SMART_KEY, SMART_KEY, SMART_KEY, 0x4fc2);
  const captive = withQemu ? [] : [0x81, 0x82];
  const selector = fc.constantFrom(0x00, 0x01, 0x01, 0x02, 0x06, 0xf1, 0x7f, ...captive);
  const feature = fc.constantFrom(...SMART_SUBCOMMANDS);
  return fc.record({ feature, key, count: selector, low: selector }).map((issued) => {
    const parameters = [issued.feature, issued.key, issued.count, issued.low].map(hex).join(' ');
    const log = issued.feature === EXECUTE_OFFLINE ? smartCommand(target, SELF_TEST_LOG) : [];
    return new Operation(`smart ${place(target.channel, target.device)} ${parameters}`, [
      ...smartCommand(target, issued),
      ...log,
    ]);
  });
}
