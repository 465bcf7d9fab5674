/** Memory-mapped devices: every access exits once, in order, whatever instruction makes it; and what other pages do instead. */
import { describe, expect, it } from 'vitest';
import {
  DEVICE,
  EAX,
  EBX,
  ECX,
  EDI,
  EFLAGS,
  ESI,
  ESP,
  flatMachine,
  HALT,
  type Machine,
  MEMORY_READ,
  MEMORY_WRITE,
  NOTHING,
  READ_ONLY,
} from './machine';

/** One access as the device sees it. */
type Access = readonly [kind: 'read' | 'write', offset: number, width: number, value: number];

/** Run to HLT; reads are answered from `answers` in order. */
function accesses(machine: Machine, answers: readonly number[]): Access[] {
  const seen: Access[] = [];
  let next = 0;
  for (;;) {
    const reason = machine.run();
    const { address, width, value } = machine.vcpu.exit;
    if (reason === MEMORY_READ) {
      const answer = answers[next++];
      seen.push(['read', address - DEVICE, width, answer]);
      machine.vcpu.completeRead(answer);
    } else if (reason === MEMORY_WRITE) {
      seen.push(['write', address - DEVICE, width, value]);
      machine.vcpu.completeWrite();
    } else {
      expect(reason).toBe(HALT);
      return seen;
    }
  }
}

function prepared(code: string): Machine {
  const machine = flatMachine(`${code}\n F4`);
  machine.set(EBX, DEVICE);
  machine.set(EAX, 0x1111_2222);
  machine.set(ECX, 0x0000_0005);
  return machine;
}

describe('a device page', () => {
  it('answers loads of every width', () => {
    const machine = prepared(
      '8B 03 66 8B 4B 08 0F B6 73 11 0F BF 7B 20 ; mov eax,[ebx]; mov cx,[ebx+8]; movzx esi,byte [ebx+11h]; movsx edi,word [ebx+20h]',
    );
    expect(accesses(machine, [0xdead_beef, 0xffff_8001, 0x81, 0x8002])).toEqual([
      ['read', 0, 4, 0xdead_beef],
      ['read', 8, 2, 0xffff_8001],
      ['read', 0x11, 1, 0x81],
      ['read', 0x20, 2, 0x8002],
    ]);
    expect([EAX, ECX, ESI, EDI].map((i) => machine.register(i))).toEqual([0xdead_beef, 0x8001, 0x81, 0xffff_8002]);
  });

  it('sees stores of every width', () => {
    const machine = prepared(
      '88 43 01 66 89 43 02 89 43 04 C6 43 09 77 ; mov [ebx+1],al; mov [ebx+2],ax; mov [ebx+4],eax; mov byte [ebx+9],77h',
    );
    expect(accesses(machine, [])).toEqual([
      ['write', 1, 1, 0x22],
      ['write', 2, 2, 0x2222],
      ['write', 4, 4, 0x1111_2222],
      ['write', 9, 1, 0x77],
    ]);
  });

  it('sees one read and one write of a read-modify-write, with the flags of its one execution', () => {
    const machine = prepared('F9 11 03 ; stc; adc [ebx], eax');
    machine.set(EAX, 0xffff_ffff);
    expect(accesses(machine, [7])).toEqual([
      ['read', 0, 4, 7],
      ['write', 0, 4, 7],
    ]);
    expect(machine.register(EFLAGS) & 1).toBe(1);
  });

  const exchanges = [
    { name: 'xchg [ebx], eax', code: '87 03', read: 0x99, written: 0x1111_2222, eax: 0x99 },
    { name: 'xadd [ebx], eax', code: '0F C1 03', read: 1, written: 0x1111_2223, eax: 1 },
    { name: 'cmpxchg [ebx], ecx (equal)', code: '0F B1 0B', read: 0x1111_2222, written: 5, eax: 0x1111_2222 },
    { name: 'cmpxchg [ebx], ecx (different)', code: '0F B1 0B', read: 3, written: 3, eax: 3 },
    { name: 'shl dword [ebx], cl', code: 'D3 23', read: 3, written: 0x60, eax: 0x1111_2222 },
    { name: 'bts [ebx], ecx', code: '0F AB 0B', read: 1, written: 0x21, eax: 0x1111_2222 },
  ];
  for (const { name, code, read, written, eax } of exchanges) {
    it(`is read and written once by ${name}`, () => {
      const machine = prepared(code);
      expect(accesses(machine, [read])).toEqual([
        ['read', 0, 4, read],
        ['write', 0, 4, written],
      ]);
      expect(machine.register(EAX)).toBe(eax);
    });
  }

  it('is split into bytes where an access straddles its border', () => {
    const machine = prepared('8B 83 FE 0F 00 00 89 8B FE 0F 00 00 ; mov eax,[ebx+0FFEh]; mov [ebx+0FFEh],ecx');
    machine.write(DEVICE + 0x1000, [0x33, 0x44]);
    expect(accesses(machine, [0x11, 0x22])).toEqual([
      ['read', 0xffe, 1, 0x11],
      ['read', 0xfff, 1, 0x22],
      ['write', 0xffe, 1, 5],
      ['write', 0xfff, 1, 0],
    ]);
    expect(machine.register(EAX)).toBe(0x4433_2211);
    expect([...machine.memory.bytes.subarray(DEVICE + 0x1000, DEVICE + 0x1002)]).toEqual([0, 0]);
  });

  it('can hold the stack', () => {
    const machine = prepared('89 DC 83 C4 10 50 59 ; mov esp,ebx; add esp,16; push eax; pop ecx');
    expect(accesses(machine, [0x77])).toEqual([
      ['write', 0xc, 4, 0x1111_2222],
      ['read', 0xc, 4, 0x77],
    ]);
    expect([machine.register(ECX), machine.register(ESP)]).toEqual([0x77, DEVICE + 0x10]);
  });

  it('takes part in repeated strings element by element, each access once', () => {
    const machine = prepared('F3 A4 ; rep movsb');
    machine.set(ESI, DEVICE);
    machine.set(EDI, DEVICE + 0x80);
    machine.set(ECX, 2);
    expect(accesses(machine, [0xaa, 0xbb])).toEqual([
      ['read', 0, 1, 0xaa],
      ['write', 0x80, 1, 0xaa],
      ['read', 1, 1, 0xbb],
      ['write', 0x81, 1, 0xbb],
    ]);
    expect([ECX, ESI, EDI].map((i) => machine.register(i))).toEqual([0, DEVICE + 2, DEVICE + 0x82]);
  });

  it('is read again by the next instruction', () => {
    const machine = prepared('8B 03 8B 03 ; mov eax,[ebx], twice');
    expect(accesses(machine, [1, 2])).toHaveLength(2);
    expect(machine.register(EAX)).toBe(2);
  });

  it('counts an instruction once', () => {
    const machine = prepared('01 03 ; add [ebx], eax');
    const before = machine.vcpu.instructions;
    accesses(machine, [1]);
    expect(machine.vcpu.instructions - before).toBe(2);
  });
});

describe('other pages', () => {
  it('without memory read as ones and drop writes, without an exit', () => {
    const machine = prepared('89 03 8B 0B 66 8B 53 01 ; mov [ebx],eax; mov ecx,[ebx]; mov dx,[ebx+1]');
    machine.set(EBX, NOTHING);
    expect(accesses(machine, [])).toEqual([]);
    expect(machine.register(ECX)).toBe(0xffff_ffff);
  });

  it('of ROM drop writes', () => {
    const machine = prepared('89 03 FF 03 8B 0B ; mov [ebx],eax; inc dword [ebx]; mov ecx,[ebx]');
    machine.set(EBX, READ_ONLY);
    machine.memory.pageOffset[READ_ONLY >>> 12] = READ_ONLY;
    machine.write32(READ_ONLY, 0x1357);
    accesses(machine, []);
    expect(machine.register(ECX)).toBe(0x1357);
  });

  it('follow the map when its generation grows', () => {
    const machine = flatMachine('8B 03 F4');
    machine.set(EBX, 0x20_0000);
    machine.write32(0x20_0000, 1);
    machine.write32(0x21_0000, 2);
    machine.vcpu.run(1);
    machine.memory.pageOffset[0x200] = 0x21_0000;
    machine.memory.generation++;
    machine.set(8, 0x2000);
    machine.run();
    expect(machine.register(EAX)).toBe(2);
  });
});
