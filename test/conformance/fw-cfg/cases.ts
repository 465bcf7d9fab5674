import { expect } from 'vitest';
import { DmaControl, type FwCfgDriver } from './fw-cfg-driver';

/** The file that every bench provides: name, and 32 bytes 0, 3, 6 ... */
export const FILE_NAME = 'opt/selfio/test';
export const FILE_CONTENTS: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => 3 * index);
const [DESCRIPTOR, BUFFER] = [0x1_0000, 0x1_0100] as const;

/** One rule of [fw_cfg]. */
export interface FwCfgCase {
  readonly name: string;
  readonly run: (config: FwCfgDriver) => void;
}

const fileKey = (config: FwCfgDriver): number => config.find(FILE_NAME)!.key;

export const FW_CFG_CASES: readonly FwCfgCase[] = [
  {
    name: 'the signature, and zeros after it',
    run: (config) => {
      config.select(0);
      expect(config.text(4)).toBe('QEMU');
      expect(config.bytes(2)).toEqual([0, 0]);
    },
  },
  {
    name: 'the traditional interface and DMA',
    run: (config) => {
      config.select(1);
      expect(config.bytes(4)).toEqual([3, 0, 0, 0]);
    },
  },
  {
    name: 'an item that is not there reads as zeros',
    run: (config) => {
      config.select(0x3fff);
      expect(config.bytes(3)).toEqual([0, 0, 0]);
    },
  },
  {
    name: 'the directory names the file',
    run: (config) => {
      expect(config.find(FILE_NAME)?.length).toBe(32);
      expect(config.find('opt/selfio/absent')).toBeUndefined();
    },
  },
  {
    name: 'selecting starts at the first byte, and bit 14 does not count',
    run: (config) => {
      const key = fileKey(config);
      config.select(key);
      config.bytes(5);
      config.select(key | 0x4000);
      expect(config.bytes(3)).toEqual([0, 3, 6]);
    },
  },
  {
    name: 'DMA: the address register shows its signature',
    run: (config) => {
      const text = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => config.subject.read(0x514 + index, 1));
      expect(String.fromCharCode(...text)).toBe('QEMU CFG');
    },
  },
  {
    name: 'DMA: select, skip and read',
    run: (config) => {
      const key = fileKey(config);
      expect(config.dma(DESCRIPTOR, (key << 16) | DmaControl.Select, 0, 0)).toBe(0);
      expect(config.dma(DESCRIPTOR, DmaControl.Skip, 4, 0)).toBe(0);
      expect(config.dma(DESCRIPTOR, DmaControl.Read, 4, BUFFER)).toBe(0);
      expect(config.memory(BUFFER, 4)).toEqual([12, 15, 18, 21]);
      expect(config.bytes(1), 'both interfaces share the position').toEqual([24]);
    },
  },
  {
    name: 'DMA: zeros past the end',
    run: (config) => {
      const key = fileKey(config);
      expect(config.dma(DESCRIPTOR, (key << 16) | DmaControl.Select | DmaControl.Skip, 30, 0)).toBe(0);
      config.subject.write(BUFFER, 4, 0xffff_ffff);
      expect(config.dma(DESCRIPTOR, DmaControl.Read, 4, BUFFER)).toBe(0);
      expect(config.memory(BUFFER, 4)).toEqual([90, 93, 0, 0]);
    },
  },
  {
    name: 'DMA: writing a read-only item is an error',
    run: (config) => {
      const key = fileKey(config);
      expect(config.dma(DESCRIPTOR, (key << 16) | DmaControl.Select | DmaControl.Write, 4, BUFFER)).toBe(
        DmaControl.Error,
      );
    },
  },
  {
    name: 'DMA: memory that is not there is an error',
    run: (config) => {
      const key = fileKey(config);
      const control = (key << 16) | DmaControl.Select | DmaControl.Read;
      expect(config.dma(DESCRIPTOR, control, 4, 0xfff0_0000)).not.toBe(control >>> 0);
    },
  },
  {
    name: 'DMA: the hole for video memory is no memory',
    run: (config) => {
      const key = fileKey(config);
      expect(config.dma(DESCRIPTOR, (key << 16) | DmaControl.Select | DmaControl.Read, 4, 0xb0000)).toBe(
        DmaControl.Error,
      );
    },
  },
];
