/** What an access of `width` bytes (1, 2 or 4) reads where nothing drives the data lines: all ones. */
export function floating(width: u32): u32 {
  return <u32>0xffffffff >> (32 - (width << 3));
}
