/** INS and OUTS: one exit for many elements, and where a batch has to end. */
import { describe, expect, it } from 'vitest';
import {
  BUDGET,
  bytes,
  CR2,
  DEVICE,
  ECX,
  EDI,
  EDX,
  EIP,
  ESI,
  flatMachine,
  gate,
  HALT,
  type Machine,
  MEMORY_WRITE,
  NOTHING,
  PORT_READ,
  PORT_WRITE,
  PROGRAM,
  READ_ONLY,
  realMachine,
} from './machine';

function runs({ vcpu }: Machine): number[][] {
  return Array.from({ length: vcpu.exit.runCount }, (_, i) => [...vcpu.exit.runs.subarray(2 * i, 2 * i + 2)]);
}

/** `code` with EDX = 1F0h, ECX and the index registers as given. */
function prepared(code: string, count: number, index: number): Machine {
  const machine = flatMachine(code);
  machine.set(EDX, 0x1f0);
  machine.set(ECX, count);
  machine.set(EDI, index);
  machine.set(ESI, index);
  return machine;
}

describe('REP INSD', () => {
  it('is one exit with the count and one run over neighbouring pages', () => {
    const machine = prepared('F3 6D F4 ; rep insd; hlt', 3000, 0x10_0000);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit).toMatchObject({ address: 0x1f0, width: 4, count: 3000, descending: false });
    expect(runs(machine)).toEqual([[0x10_0000, 12000]]);
    const before = machine.vcpu.instructions;
    machine.vcpu.completeString(3000);
    expect([machine.register(ECX), machine.register(EDI)]).toEqual([0, 0x10_0000 + 12000]);
    expect(machine.vcpu.instructions - before).toBe(3000);
    expect(machine.run()).toBe(HALT);
  });

  it('goes on with the rest when fewer elements were transferred', () => {
    const machine = prepared('F3 6D F4 ; rep insd; hlt', 10, 0x10_0000);
    machine.run();
    machine.vcpu.completeString(4);
    expect([machine.register(ECX), machine.register(EDI), machine.register(EIP)]).toEqual([6, 0x10_0010, PROGRAM]);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit.count).toBe(6);
    expect(runs(machine)).toEqual([[0x10_0010, 24]]);
    machine.vcpu.completeString(0);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit.count).toBe(6);
  });

  it('runs downwards with DF', () => {
    const machine = prepared('FD F3 6D F4 ; std; rep insd; hlt', 4, 0x10_0008);
    machine.run();
    expect(machine.vcpu.exit).toMatchObject({ count: 4, descending: true });
    expect(runs(machine)).toEqual([[0x0f_fffc, 16]]);
    machine.vcpu.completeString(4);
    expect(machine.register(EDI)).toBe(0x0f_fff8);
  });

  it('with a zero count does nothing', () => {
    const machine = prepared('F3 6D F4', 0, 0x10_0000);
    expect(machine.run()).toBe(HALT);
  });

  it('stays within the limit of bytes that is set', () => {
    const machine = prepared('F3 6D F4', 100, 0x10_0000);
    machine.vcpu.stringLimit = 64;
    machine.run();
    expect(machine.vcpu.exit.count).toBe(16);
  });

  it('asks for all elements, whatever is left of the budget', () => {
    const machine = prepared('F3 6D F4', 100, 0x10_0000);
    expect(machine.vcpu.run(7)).toBe(PORT_READ);
    expect(machine.vcpu.exit.count).toBe(100);
  });

  it('goes element by element under the trap flag', () => {
    const machine = prepared(
      '9C 81 0C 24 00 01 00 00 9D F3 6C F4 ; pushfd; or dword [esp], 100h; popfd; rep insb',
      3,
      0x10_0000,
    );
    gate(machine, 1, 0x3000);
    machine.write(0x3000, bytes('CF ; iretd'));
    for (const left of [3, 2, 1]) {
      expect(machine.run()).toBe(PORT_READ);
      expect([machine.vcpu.exit.count, machine.register(ECX)]).toEqual([1, left]);
      machine.vcpu.completeRead(left);
    }
    expect(machine.run()).toBe(HALT);
    expect(machine.read32(0x10_0000)).toBe(0x0001_0203);
  });

  it('of one element goes by value, whatever its width, and each element counts', () => {
    const machine = prepared('FD 6D 66 6D 6C F4 ; std; insd; insw; insb; hlt', 0, 0x10_0010);
    for (const [width, at] of [
      [4, 0x10_0010],
      [2, 0x10_000c],
      [1, 0x10_000a],
    ]) {
      expect(machine.run()).toBe(PORT_READ);
      expect(machine.vcpu.exit).toMatchObject({ width, string: true, count: 1, runCount: 0 });
      expect(machine.register(EDI)).toBe(at);
      const before = machine.vcpu.instructions;
      machine.vcpu.completeRead(0xffff_ffff);
      expect(machine.vcpu.instructions - before).toBe(1);
    }
    expect([0x10_0008, 0x10_000c, 0x10_0010, 0x10_0014].map((at) => machine.read32(at))).toEqual([
      0x00ff_0000,
      0x0000_ffff,
      -1 >>> 0,
      0,
    ]);
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EDI)).toBe(0x10_0009);
  });
});

describe('a batch of string I/O ends', () => {
  it('at each element in the page of the instruction, which it may replace', () => {
    const machine = prepared('F3 6C F4 ; rep insb', 3, PROGRAM - 1);
    machine.run();
    expect(runs(machine)).toEqual([[PROGRAM - 1, 1]]);
    machine.vcpu.completeString(1);
    machine.run();
    expect(runs(machine)).toEqual([[PROGRAM, 1]]);
    machine.memory.bytes[PROGRAM] = 0x90; // the prefix is gone: nop; insb
    machine.vcpu.completeString(1);
    expect(machine.register(ECX)).toBe(1);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit.count).toBe(1);
    machine.vcpu.completeRead(0);
    expect([machine.register(ECX), machine.register(EIP)]).toEqual([1, PROGRAM + 2]);
  });

  it('before ROM, where elements pass by value and are dropped', () => {
    const machine = prepared('F3 6C F4 ; rep insb', 17, READ_ONLY - 16);
    machine.run();
    expect(runs(machine)).toEqual([[READ_ONLY - 16, 16]]);
    machine.vcpu.completeString(16);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit).toMatchObject({ count: 1, runCount: 0 });
    machine.vcpu.completeRead(0x77);
    const last = prepared('F3 6C\nF4', 1, NOTHING);
    last.run();
    expect(last.vcpu.exit.runCount).toBe(0);
    last.vcpu.completeRead(0x77);
    for (const each of [machine, last]) {
      expect(each.vcpu.run(1)).toBe(BUDGET);
      expect(each.register(ECX)).toBe(0);
    }
    expect(machine.memory.bytes[machine.memory.pageOffset[READ_ONLY >>> 12]]).toBe(0);
  });

  it('before a device page, whose elements pass by value', () => {
    const machine = prepared('F3 6C F4 ; rep insb', 3, DEVICE - 1);
    machine.run();
    expect(machine.vcpu.exit.count).toBe(1);
    machine.vcpu.completeString(1);
    for (const value of [0xa1, 0xb2]) {
      expect(machine.run()).toBe(PORT_READ);
      expect(machine.vcpu.exit).toMatchObject({ count: 1, runCount: 0 });
      machine.vcpu.completeRead(value);
      expect(machine.run()).toBe(MEMORY_WRITE);
      expect(machine.vcpu.exit).toMatchObject({ width: 1, value });
      machine.vcpu.completeWrite();
    }
    expect(machine.run()).toBe(HALT);
    expect([machine.register(ECX), machine.register(EDI)]).toEqual([0, DEVICE + 2]);
  });

  it('before an element that straddles pages, which goes alone and by value', () => {
    const machine = prepared('F3 6D F4', 4, 0x10_0ffa);
    machine.run();
    expect(machine.vcpu.exit.count).toBe(1);
    machine.vcpu.completeString(1);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit).toMatchObject({ count: 1, runCount: 0 });
    machine.vcpu.completeRead(0x4433_2211);
    expect(machine.run()).toBe(PORT_READ);
    expect(runs(machine)).toEqual([[0x10_1002, 8]]);
    expect([...machine.memory.bytes.subarray(0x10_0ffe, 0x10_1002)]).toEqual([0x11, 0x22, 0x33, 0x44]);
  });

  it('at the end of a 16-bit offset', () => {
    const machine = realMachine('F3 6C F4 ; rep insb; hlt');
    machine.set(EDI, 0xfff0);
    machine.set(ECX, 0x20);
    machine.run();
    expect(machine.vcpu.exit.count).toBe(0x20);
    expect(runs(machine)).toEqual([
      [0xfff0, 0x10],
      [0, 0x10],
    ]);
    machine.vcpu.completeString(0x20);
    expect([machine.register(EDI), machine.register(ECX)]).toEqual([0x10, 0]);
  });
});

/** Page tables at 10_0000h that map the first 4 MiB one to one, but for page 20_1000h. */
const PAGED = `
    B8 00 00 10 00           ; mov eax, 100000h
    0F 22 D8                 ; mov cr3, eax
    0F 20 C0                 ; mov eax, cr0
    0D 00 00 00 80           ; or eax, 80000000h
    0F 22 C0                 ; mov cr0, eax
`;

function paged(code: string): Machine {
  const machine = flatMachine(`${PAGED} ${code}`);
  machine.write32(0x10_0000, 0x10_1007);
  for (let page = 0; page < 1024; page++)
    machine.write32(0x10_1000 + 4 * page, (page << 12) | (page === 0x201 ? 0 : 7));
  gate(machine, 14, 0x3000);
  machine.write(0x3000, bytes('F4 ; hlt'));
  machine.vcpu.run(5);
  machine.set(EDX, 0x1f0);
  return machine;
}

describe('string I/O and page faults', () => {
  it('ends a batch before the page that is not there, and faults when that comes first', () => {
    const machine = paged('F3 6D F4 ; rep insd');
    machine.set(EDI, 0x20_0ff0);
    machine.set(ECX, 8);
    expect(machine.run()).toBe(PORT_READ);
    expect(machine.vcpu.exit.count).toBe(4);
    machine.vcpu.completeString(4);
    expect(machine.run()).toBe(HALT);
    expect([machine.register(CR2), machine.register(ECX), machine.register(EDI)]).toEqual([0x20_1000, 4, 0x20_1000]);
  });

  it('reads the source of OUTS, page by page', () => {
    const machine = paged('F3 6F F4 ; rep outsd');
    machine.write32(0x10_1000 + 4 * 0x200, 0x0030_2007 - 0x10_0000); // linear 200000h is elsewhere
    machine.set(ESI, 0x1f_fff8);
    machine.set(ECX, 4);
    expect(machine.run()).toBe(PORT_WRITE);
    expect(runs(machine)).toEqual([
      [0x1f_fff8, 8],
      [0x20_2000, 8],
    ]);
    machine.vcpu.completeString(4);
    expect(machine.run()).toBe(HALT);
    expect(machine.register(ESI)).toBe(0x20_0008);
  });

  it('marks destination pages dirty', () => {
    const machine = paged('F3 6D F4');
    machine.set(EDI, 0x20_0000);
    machine.set(ECX, 1);
    machine.run();
    expect(machine.read32(0x10_1000 + 4 * 0x200) & 0x60).toBe(0x60);
  });
});

describe('OUTS', () => {
  it('takes its segment from the override, and a single element goes by value', () => {
    const machine = realMachine('8E C1 26 6E F4 ; mov es, cx; es outsb; hlt');
    machine.set(ECX, 0x1000);
    machine.set(ESI, 0x0234);
    machine.set(EDX, 0x402);
    machine.write(0x1_0234, [0x5a]);
    expect(machine.run()).toBe(PORT_WRITE);
    expect(machine.vcpu.exit).toMatchObject({ address: 0x402, width: 1, count: 1, runCount: 0, value: 0x5a });
    machine.vcpu.completeWrite();
    expect(machine.run()).toBe(HALT);
    expect([machine.register(ESI), machine.register(ECX)]).toEqual([0x235, 0x1000]);
  });

  it('reads a device page by value', () => {
    const machine = prepared('F3 6E F4 ; rep outsb', 2, DEVICE);
    machine.run();
    machine.vcpu.completeRead(0x5a);
    expect(machine.run()).toBe(PORT_WRITE);
    expect(machine.vcpu.exit).toMatchObject({ count: 1, runCount: 0, value: 0x5a });
    machine.vcpu.completeWrite();
    expect([machine.register(ECX), machine.register(ESI)]).toEqual([1, DEVICE + 1]);
  });
});
