import type { UnderTest } from '../../helpers/device-program/steps';

/** Ports and DMA control bits from [fw_cfg], re-declared. */
const [SELECTOR, DATA, DMA_HIGH, DMA_LOW] = [0x510, 0x511, 0x514, 0x518] as const;
export const DmaControl = { Error: 1, Read: 2, Skip: 4, Select: 8, Write: 16 } as const;

const swap = (value: number): number =>
  ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;

/** What a firmware does to read its configuration. Guest memory is reached by addresses from 10000h up. */
export class FwCfgDriver {
  constructor(readonly subject: UnderTest) {
    subject.reset();
  }

  select(key: number): void {
    this.subject.write(SELECTOR, 2, key);
  }

  bytes(count: number): number[] {
    return Array.from({ length: count }, () => this.subject.read(DATA, 1));
  }

  text(count: number): string {
    return String.fromCharCode(...this.bytes(count));
  }

  bigEndian(bytes: number): number {
    return this.bytes(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Key and length of a file, from the directory. */
  find(name: string): { key: number; length: number } | undefined {
    this.select(0x19);
    for (let left = this.bigEndian(4); left > 0; left--) {
      const [length, key] = [this.bigEndian(4), this.bigEndian(2)];
      this.bytes(2);
      if (this.text(56).replace(/\0.*$/, '') === name) {
        return { key, length };
      }
    }
    return undefined;
  }

  /** Runs one DMA operation with its descriptor at `at`; gives what the control field holds afterwards. */
  dma(at: number, control: number, length: number, target: number): number {
    [control, length, 0, target].forEach((word, index) => {
      this.subject.write(at + 4 * index, 4, swap(word >>> 0));
    });
    this.subject.write(DMA_HIGH, 4, 0);
    this.subject.write(DMA_LOW, 4, swap(at));
    return swap(this.subject.read(at, 4));
  }

  memory(address: number, count: number): number[] {
    return Array.from({ length: count }, (_, index) => this.subject.read(address + index, 1));
  }
}
