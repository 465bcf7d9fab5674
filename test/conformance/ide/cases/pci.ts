import { expect } from 'vitest';
import type { IdeDriver } from '../driver';
import { BUS_MASTER_BASE, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';
import { read, write } from '../verbs';

const ADDRESS = 0xcf8;
const DATA = 0xcfc;
const HOST_BRIDGE = 0x0000;
const ISA_BRIDGE = 0x0800;
const IDE = 0x0900;

const at = (functionNumber: number, register: number): number => (0x8000_0000 | functionNumber | register) >>> 0;

async function config(driver: IdeDriver, functionNumber: number, register: number): Promise<number> {
  return (await driver.do(write(ADDRESS, at(functionNumber, register), 4), read(DATA, 4)))[0];
}

async function configure(driver: IdeDriver, register: number, value: number): Promise<void> {
  await driver.do(write(ADDRESS, at(IDE, register), 4), write(DATA, value, 4));
}

export const pci: readonly ConformanceCase[] = [
  {
    name: 'software finds a host bridge, an ISA bridge and an IDE controller',
    machine: STANDARD,
    clause: '[PCI 2.1] 6.2.1; [PIIX3] 2.2, 2.3',
    async run(driver) {
      expect(await config(driver, HOST_BRIDGE, 0)).toBe(0x1237_8086);
      expect((await config(driver, HOST_BRIDGE, 8)) >>> 8).toBe(0x06_0000);
      expect(await config(driver, ISA_BRIDGE, 0)).toBe(0x7000_8086);
      expect((await config(driver, ISA_BRIDGE, 8)) >>> 8).toBe(0x06_0100);
      expect((await config(driver, ISA_BRIDGE, 12)) & 0x80_0000).toBe(0x80_0000);
      expect(await config(driver, IDE, 0)).toBe(0x7010_8086);
      expect((await config(driver, IDE, 8)) >>> 8).toBe(0x01_0180);
    },
  },
  {
    name: 'what is not there reads as ones',
    machine: STANDARD,
    clause: '[PCI 2.1] 3.7.4.1, 6.1',
    async run(driver) {
      for (const absent of [0x0a00, 0x1000, 0xf800, 0x1_0000])
        expect(await config(driver, absent, 0)).toBe(0xffff_ffff);
      expect((await driver.do(write(ADDRESS, 0x0000_0900, 4), read(DATA, 4)))[0]).toBe(0xffff_ffff);
    },
  },
  {
    name: 'parts of a register are read and written through the matching bytes of CONFIG_DATA',
    machine: STANDARD,
    clause: '[PCI 2.1] 3.7.4.1',
    async run(driver) {
      await driver.do(write(ADDRESS, at(IDE, 0), 4));
      const [low, high, third, word] = await driver.do(read(DATA), read(DATA + 1), read(DATA + 2), read(DATA + 2, 2));
      expect([low, high, third, word]).toEqual([0x86, 0x80, 0x10, 0x7010]);
      await driver.do(write(ADDRESS, at(IDE, 0x3c), 4), write(DATA, 14));
      expect((await driver.do(read(DATA, 4)))[0]).toBe(14);
    },
  },
  {
    name: 'CONFIG_ADDRESS can be read back, and only double words are written to it',
    machine: STANDARD,
    clause: '[PCI 2.1] 3.7.4.1',
    async run(driver) {
      await driver.do(write(ADDRESS, at(IDE, 0x20), 4), write(ADDRESS, 0), write(ADDRESS, 0, 2));
      expect((await driver.do(read(ADDRESS, 4)))[0]).toBe(at(IDE, 0x20));
    },
  },
  {
    name: 'identification cannot be changed',
    machine: STANDARD,
    clause: '[PCI 2.1] 6.2.1',
    async run(driver) {
      await configure(driver, 0, 0x1234_5678);
      await configure(driver, 8, 0xffff_ffff);
      expect(await config(driver, IDE, 0)).toBe(0x7010_8086);
      expect((await config(driver, IDE, 8)) >>> 8).toBe(0x01_0180);
    },
  },
  {
    name: 'the base address register asks for sixteen ports',
    machine: STANDARD,
    clause: '[PCI 2.1] 6.2.5.1',
    async run(driver) {
      await configure(driver, 0x20, 0xffff_ffff);
      const mask = await config(driver, IDE, 0x20);
      expect(mask & 0xffff).toBe(0xfff1);
    },
  },
  {
    name: 'the bus-master block goes where the base address register says, and away with I/O decoding',
    machine: STANDARD,
    clause: '[PIIX3] 2.3.9; [PCI 2.1] 6.2.2',
    async run(driver) {
      await driver.out(BUS_MASTER_BASE + 2, 0x60);
      expect(await driver.in(BUS_MASTER_BASE + 2)).toBe(0x60);
      await configure(driver, 0x20, 0xd001);
      expect(await driver.in(0xd002)).toBe(0x60);
      expect(await driver.in(BUS_MASTER_BASE + 2)).toBe(0xff);
      await configure(driver, 0x04, 0x0004);
      expect(await driver.in(0xd002)).toBe(0xff);
      await configure(driver, 0x04, 0x0005);
      await configure(driver, 0x20, BUS_MASTER_BASE | 1);
      expect(await driver.in(BUS_MASTER_BASE + 2)).toBe(0x60);
    },
  },
  {
    name: 'the channels of the bus-master block are apart, and each register keeps what it may',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.1 to 3.3',
    async run(driver) {
      await driver.out(BUS_MASTER_BASE + 4, 0xffff_ffff, 4);
      expect(await driver.in(BUS_MASTER_BASE + 4, 4)).toBe(0xffff_fffc);
      expect(await driver.in(BUS_MASTER_BASE + 12, 4)).toBe(0);
      await driver.out(BUS_MASTER_BASE + 8, 0x08);
      expect(await driver.in(BUS_MASTER_BASE + 8)).toBe(0x08);
      expect(await driver.in(BUS_MASTER_BASE)).toBe(0);
      await driver.out(BUS_MASTER_BASE + 2, 0xff);
      expect(await driver.in(BUS_MASTER_BASE + 2)).toBe(0x60);
    },
  },
];
