/** Translation and what is cached of it; instructions that fault half-way start over exactly. */
import { describe, expect, it } from 'vitest';
import {
  bytes,
  CR2,
  EAX,
  EBX,
  ECX,
  EDI,
  EIP,
  ESI,
  ESP,
  flatMachine,
  gate,
  HALT,
  type Machine,
  PROGRAM,
} from './machine';

const DIRECTORY = 0x10_0000;
const TABLE = 0x10_1000;
const PRESENT = 1;
const WRITABLE = 3;
const ACCESSED = 0x20;
const DIRTY = 0x40;
const GLOBAL = 0x100;
const LARGE = 0x80;

const ENABLE = `
    B8 00 00 10 00           ; mov eax, 100000h
    0F 22 D8                 ; mov cr3, eax
    0F 20 C0                 ; mov eax, cr0
    0D 00 00 01 80           ; or eax, 80010000h: PG and WP
    0F 22 C0                 ; mov cr0, eax
`;
const ENABLE_INSTRUCTIONS = 5;
const BEHIND = PROGRAM + 19;
const RELOAD_CR3 = '0F 20 D8 0F 22 D8 ; mov eax, cr3; mov cr3, eax\n';

function entry(page: number): number {
  return TABLE + 4 * page;
}

/** The first 4 MiB one to one; page faults end in HLT at 3000h. */
function paged(code: string): Machine {
  const machine = flatMachine(`${ENABLE} ${code}`);
  machine.write32(DIRECTORY, TABLE | WRITABLE);
  for (let page = 0; page < 1024; page++) machine.write32(entry(page), (page << 12) | WRITABLE);
  gate(machine, 14, 0x3000);
  machine.write(0x3000, bytes('F4 ; hlt'));
  machine.vcpu.run(ENABLE_INSTRUCTIONS);
  return machine;
}

/** Error code and EIP that the page fault pushed. */
function faultFrame(machine: Machine): number[] {
  const esp = machine.register(ESP);
  return [machine.read32(esp), machine.read32(esp + 4)];
}

describe('accessed and dirty bits', () => {
  it('are set by what happens and by nothing else', () => {
    const machine = paged('A1 00 00 20 00 A3 00 10 20 00 F4 ; mov eax,[200000h]; mov [201000h],eax; hlt');
    machine.run();
    const bits = (page: number) => machine.read32(entry(page)) & (ACCESSED | DIRTY);
    expect([bits(0x200), bits(0x201), bits(0x202)]).toEqual([ACCESSED, ACCESSED | DIRTY, 0]);
    expect(machine.read32(DIRECTORY) & (ACCESSED | DIRTY)).toBe(ACCESSED);
  });

  it('include dirty when a page that was read is written later', () => {
    const machine = paged('A1 00 00 20 00 A3 00 00 20 00 F4');
    machine.run();
    expect(machine.read32(entry(0x200)) & DIRTY).toBe(DIRTY);
  });
});

describe('a changed page-table entry', () => {
  const TWICE = 'A1 00 00 20 00 89 C3 C7 05 00 18 10 00 03 10 20 00'; // read 200000h, point its entry to 201000h
  const AGAIN = 'A1 00 00 20 00 F4';
  function second(invalidate: string, flags = 0): number {
    const machine = paged(`${TWICE}\n${invalidate}\n${AGAIN}`);
    machine.write32(0x20_0000, 0x1111);
    machine.write32(0x20_1000, 0x2222);
    machine.write32(entry(0x200), 0x20_0000 | WRITABLE | flags);
    machine.run();
    expect(machine.register(EBX)).toBe(0x1111);
    return machine.register(EAX);
  }

  it('counts from INVLPG on', () => {
    expect(second('0F 01 3D 00 00 20 00 ; invlpg [200000h]')).toBe(0x2222);
  });

  it('counts from a load of CR3 on', () => {
    expect(second(RELOAD_CR3)).toBe(0x2222);
  });

  it('of a global page survives a load of CR3 while CR4.PGE is set', () => {
    const globalPages =
      '0F 20 E0 0C 80 0F 22 E0 A1 00 00 20 00 ; mov eax,cr4; or al,80h; mov cr4,eax; mov eax,[200000h]\n';
    const machine = paged(`${globalPages}${TWICE}\n${RELOAD_CR3}${AGAIN}`);
    machine.write32(0x20_0000, 0x1111);
    machine.write32(0x20_1000, 0x2222);
    machine.write32(entry(0x200), 0x20_0000 | WRITABLE | GLOBAL);
    machine.run();
    expect(machine.register(EAX)).toBe(0x1111);
  });
});

describe('a 4 MiB page', () => {
  it('translates with its offset, and is forgotten as a whole', () => {
    const machine = paged(`
      0F 20 E0 0C 10 0F 22 E0  ; mov eax, cr4; or al, 10h; mov cr4, eax
      A1 00 00 60 00           ; mov eax, [600000h]
      89 C3                    ; mov ebx, eax
      C7 05 04 00 10 00 00 00 00 00 ; mov dword [directory entry 1], 0
      0F 01 3D 00 00 70 00     ; invlpg [700000h]
      A1 00 00 60 00           ; mov eax, [600000h]
    `);
    machine.write32(DIRECTORY + 4, 0 | WRITABLE | LARGE);
    machine.write32(0x20_0000, 0xabcd);
    expect(machine.run()).toBe(HALT);
    expect([machine.register(EBX), machine.register(CR2)]).toEqual([0xabcd, 0x60_0000]);
  });
});

describe('CR0.WP', () => {
  it('makes a read-only page fault at ring 0, with the error code of a protection violation by a write', () => {
    const machine = paged('A3 00 00 20 00');
    machine.write32(entry(0x200), 0x20_0000 | PRESENT);
    machine.run();
    expect([machine.register(CR2), ...faultFrame(machine)]).toEqual([0x20_0000, 3, BEHIND]);
  });
});

describe('an instruction that faults', () => {
  it('leaves a repeated string at the element that faulted', () => {
    const machine = paged('F3 A5 ; rep movsd');
    machine.write32(entry(0x201), 0);
    machine.set(ESI, 0x30_0000 - 0x2_0000);
    machine.set(EDI, 0x20_0ff0);
    machine.set(ECX, 100);
    machine.run();
    expect([ECX, EDI, ESI, EIP].map((i) => machine.register(i))).toEqual([96, 0x20_1000, 0x2e_0010, 0x3001]);
    expect(faultFrame(machine)).toEqual([2, BEHIND]);
  });

  it('writes nothing when its operand straddles into a page that is not there', () => {
    const machine = paged('01 0D FE 0F 20 00 ; add [200FFEh], ecx');
    machine.write32(entry(0x201), 0);
    machine.set(ECX, 0x0101_0101);
    machine.run();
    expect([machine.register(CR2), machine.memory.bytes[0x20_0ffe], machine.memory.bytes[0x20_0fff]]).toEqual([
      0x20_1000, 0, 0,
    ]);
  });

  it('keeps ESP when CALL cannot push', () => {
    const machine = paged('E8 00 00 00 00');
    machine.write32(entry(0x1ff), 0);
    gate(machine, 8, 0x3000);
    machine.set(ESP, 0x20_0000);
    // The fault's own frame cannot be pushed either: a double fault, and then the end.
    machine.run();
    expect(machine.register(ESP)).toBe(0x20_0000);
  });

  it('is fetched from the second page when it straddles two', () => {
    const machine = paged('E9 E6 FF 0F 00 ; jmp 201FFEh');
    machine.write(0x20_1ffe, bytes('B8 11 ; mov eax, ...'));
    machine.write32(entry(0x202), 0);
    machine.write32(0x2014, 0x001f_ffe6);
    machine.run();
    expect([machine.register(CR2), ...faultFrame(machine)]).toEqual([0x20_2000, 0, 0x20_1ffe]);
  });
});
