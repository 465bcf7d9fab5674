import { Catalogue, Source } from './catalogue';
import { Key, SECTOR_BYTES, SECTOR_SHIFT } from './registers';

/** Sectors that the cache holds. */
export const CACHE_SECTORS: u32 = 128;
/** From this many bytes on, data goes straight into guest memory; below, one request for the cache serves several reads. */
export const DIRECT_BYTES: u32 = CACHE_SECTORS << SECTOR_SHIFT;
/** Sectors fetched straight into guest memory at a time. */
const DIRECT_SECTORS: u32 = 2048;

/**
 * The selected item and how far it has been read.
 *
 * Items on disk arrive later than they are asked for. So reading has two halves: `ready` says how many bytes can be taken now,
 * and if there are none, `fetch` describes a request that the owner carries out before it tells `fetched` and tries again.
 */
@unmanaged
export class FwCfg {
  // Handles
  catalogue: Catalogue;
  /** Address of CACHE_SECTORS sectors of memory. */
  cache: usize;

  // Volatile state
  private source: u32;
  private place: u32;
  private size: u32;
  private offset: u32;
  /** What the cache holds of the disk. */
  private cachedSector: u32;
  private cachedSectors: u32;
  /** It holds zeros instead, because the disk failed. */
  private failed: bool;
  /** The request: sectors of the disk to an address in memory. */
  requestSector: u32;
  requestSectors: u32;
  requestAddress: usize;

  reset(): void {
    this.cachedSectors = 0;
    this.failed = false;
    this.select(Key.SIGNATURE);
  }

  /** Select an item and rewind it; one that does not exist reads as zeros without end. */
  select(key: u32): void {
    this.catalogue.find(key & ~Key.WRITE_CHANNEL);
    this.source = this.catalogue.source;
    this.place = this.catalogue.place;
    this.size = this.source == Source.NONE ? 0 : this.catalogue.size;
    this.offset = 0;
    if (this.failed) this.cachedSectors = 0;
    this.failed = false;
  }

  /** Bytes of the item that have not been read. */
  get left(): u32 {
    return this.size - this.offset;
  }

  /** Bytes that `take` can give now; behind the end of the item there are zeros without end. */
  get ready(): u32 {
    const left = this.left;
    if (left == 0) return u32.MAX_VALUE;
    if (this.source == Source.MEMORY) return left;
    const first = this.offset >> SECTOR_SHIFT;
    const skipped = this.place + first - this.cachedSector;
    if (skipped >= this.cachedSectors) return 0;
    return min<u32>(left, ((this.cachedSectors - skipped) << SECTOR_SHIFT) - (this.offset & (SECTOR_BYTES - 1)));
  }

  /** Are the next `bytes` of the item, or what is left of them, ready? */
  has(bytes: u32): bool {
    return this.ready >= min<u32>(bytes, this.left);
  }

  /** Copy `bytes`, at most `ready`, to `address` and go on behind them. */
  take(address: usize, bytes: u32): void {
    if (this.left == 0) {
      memory.fill(address, 0, bytes);
      return;
    }
    memory.copy(address, this.location, bytes);
    this.offset += bytes;
  }

  /** The next `width` bytes (1, 2 or 4) as a number, lowest first; zeros where the item has ended. Only after `has`. */
  element(width: u32): u32 {
    const whole = this.left >= width;
    const place = this.location;
    let value: u32 = 0;
    if (whole && width == 1) value = load<u8>(place);
    else if (whole && width == 2) value = load<u16>(place);
    else if (whole) value = load<u32>(place);
    else for (let byte: u32 = 0; byte < this.left; byte++) value |= (<u32>load<u8>(place + byte)) << (byte << 3);
    this.skip(width);
    return value;
  }

  /** Copy `bytes` to `address`, zeros where the item has ended. Only after `has`. */
  takeAll(address: usize, bytes: u32): void {
    const data = min<u32>(bytes, this.left);
    if (data != 0) this.take(address, data);
    if (data != bytes) memory.fill(address + data, 0, bytes - data);
  }

  skip(bytes: u32): void {
    this.offset += min<u32>(bytes, this.left);
  }

  /**
   * Describe the request that brings the next bytes: straight to `address` if they are many and lie on the disk as they shall
   * lie in memory, else into the cache. What stands before the first whole sector comes by way of the cache.
   *
   * @param bytes that are wanted at `address`, one after another
   */
  fetch(address: usize, bytes: u32): void {
    const first = this.offset >> SECTOR_SHIFT;
    const within = this.offset & (SECTOR_BYTES - 1);
    const wanted = min<u32>(bytes, this.left);
    const large = wanted >= DIRECT_BYTES && (<u32>address & (SECTOR_BYTES - 1)) == within;
    this.requestSector = this.place + first;
    if (large && within == 0) {
      this.requestAddress = address;
      this.requestSectors = min<u32>(wanted >> SECTOR_SHIFT, DIRECT_SECTORS);
      return;
    }
    const rest = (this.left + within + SECTOR_BYTES - 1) >> SECTOR_SHIFT;
    this.requestAddress = this.cache;
    this.requestSectors = large ? 1 : min<u32>(rest, CACHE_SECTORS);
  }

  /**
   * The request is done. What could not be read is zeros, like what lies behind the end: the data port has no way to report
   * an error.
   *
   * @returns bytes of the item that now stand at the address given to `fetch`: none if they went into the cache
   */
  fetched(success: bool): u32 {
    const bytes = this.requestSectors << SECTOR_SHIFT;
    if (!success) memory.fill(this.requestAddress, 0, bytes);
    if (this.requestAddress != this.cache) {
      this.offset += bytes;
      return bytes;
    }
    this.cachedSector = this.requestSector;
    this.cachedSectors = this.requestSectors;
    this.failed = !success;
    return 0;
  }

  private get location(): usize {
    if (this.source == Source.MEMORY) return this.place + this.offset;
    return this.cache + (this.offset + ((this.place - this.cachedSector) << SECTOR_SHIFT));
  }
}
