/** GET CONFIGURATION: what the drive can do with the disc that is in it. [MMC-3] 5.5, 5.3 */

type Disc = 'none' | 'cd' | 'dvd';

const PROFILES = { none: 0x0000, cd: 0x0008, dvd: 0x0010 } as const;

/** Requested Type. [MMC-3] 5.5.2 */
const CURRENT_ONLY = 1;
const SINGLE = 2;
const RESERVED = 3;

interface Feature {
  readonly code: number;
  /** Version, persistent and current bits. */
  readonly flags: number;
  readonly data: readonly number[];
}

const big16 = (value: number): number[] => [value >> 8, value & 0xff];
const big32 = (value: number): number[] => [...big16(value >>> 16), ...big16(value & 0xffff)];

const CURRENT = 1;
const PERSISTENT = 3;

function features(disc: Disc): Feature[] {
  const when = (condition: boolean): number => (condition ? CURRENT : 0);
  const profile = (kind: 'cd' | 'dvd'): number[] => [...big16(PROFILES[kind]), when(disc === kind), 0];
  return [
    { code: 0x0000, flags: PERSISTENT, data: [...profile('dvd'), ...profile('cd')] },
    // Core: the physical interface is ATAPI.
    { code: 0x0001, flags: PERSISTENT, data: big32(2) },
    // Removable medium: a tray that can be locked and that ejects.
    { code: 0x0003, flags: PERSISTENT, data: [0x29, 0, 0, 0] },
    // Random readable: sectors of 2048 bytes, one at a time.
    { code: 0x0010, flags: when(disc !== 'none'), data: [...big32(2048), ...big16(1), 0, 0] },
    { code: 0x001e, flags: when(disc === 'cd'), data: [0, 0, 0, 0] },
    { code: 0x001f, flags: when(disc === 'dvd'), data: [] },
  ];
}

/** The reply, or `undefined` for a reserved type of request. */
export function configuration(disc: Disc, type: number, from: number): Uint8Array | undefined {
  if (type === RESERVED) return undefined;
  const asked = features(disc).filter(({ code, flags }) => {
    if (type === SINGLE) return code === from;
    return code >= from && (type !== CURRENT_ONLY || (flags & CURRENT) !== 0);
  });
  const bytes = asked.flatMap(({ code, flags, data }) => [...big16(code), flags, data.length, ...data]);
  return Uint8Array.from([...big32(4 + bytes.length), 0, 0, ...big16(PROFILES[disc]), ...bytes]);
}
