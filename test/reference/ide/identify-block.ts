/** The 256 words of an IDENTIFY (PACKET) DEVICE answer. [ATA-6] 8.15, 8.16 */
export class IdentifyBlock {
  readonly bytes = new Uint8Array(512);
  private readonly view = new DataView(this.bytes.buffer);

  word(index: number, value: number): this {
    this.view.setUint16(index * 2, value, true);
    return this;
  }

  /** A 32-bit value, low word first. */
  double(index: number, value: number): this {
    this.view.setUint32(index * 2, value, true);
    return this;
  }

  /** Words 63 to 68: multiword DMA modes 0 to 2 and which is selected, PIO modes 3 and 4, cycle times in ns. */
  transferModes(multiword: number): this {
    this.word(63, 0x0007 | (multiword << 8)).word(64, 0x0003);
    for (const cycleTime of [65, 66, 67, 68]) this.word(cycleTime, 120);
    return this;
  }

  /** An ASCII field of `words` words: padded with blanks, the first character of a word in its high byte. */
  text(index: number, words: number, value: string): this {
    const padded = value.padEnd(words * 2, ' ');
    for (let i = 0; i < words * 2; i++) this.bytes[index * 2 + (i ^ 1)] = padded.charCodeAt(i) & 0x7f;
    return this;
  }
}

/**
 * Word 93: both devices have found an 80-conductor cable, and each reports that it passed its diagnostics, in its own
 * half of the word. [ATA-6] 8.15.40
 */
export function hardwareResetResult(isDevice1: boolean): number {
  return isDevice1 ? 0x6100 : 0x6001;
}

/** Word 255: a signature and what makes the sum of all 512 bytes zero. [ATA-6] 8.15.61 */
export function withIntegrityWord({ bytes }: IdentifyBlock): Uint8Array {
  bytes[510] = 0xa5;
  bytes[511] = 0;
  bytes[511] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}
