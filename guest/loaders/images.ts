/** Bytes that are to lie in guest RAM before the processor starts. */
export interface MemoryImage {
  /** Guest-physical address. */
  address: number;
  bytes: Uint8Array;
}

/** A program in memory: its parts, the physical address to enter at, and one past the last byte that it occupies when it runs. */
export interface LoadedImage {
  images: MemoryImage[];
  entry: number;
  end: number;
}

/** A kernel or initial RAM disk that cannot be loaded: one line that names what is wrong and the mend. */
export class LoaderError extends Error {
  override name = 'LoaderError';
}
