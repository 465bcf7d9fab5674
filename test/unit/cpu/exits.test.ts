/** How a vCPU leaves and comes back: ports, HLT, hypercalls, budgets, interrupts, shutdown. */
import { describe, expect, it } from 'vitest';
import {
  BUDGET,
  EAX,
  ECX,
  EDX,
  EFLAGS,
  EIP,
  ESP,
  flatMachine,
  gate,
  HALT,
  HYPERCALL,
  INTERRUPT_WINDOW,
  PORT_READ,
  PORT_WRITE,
  PROGRAM,
  realMachine,
  registers,
  SHUTDOWN,
} from './machine';

describe('IN', () => {
  const cases = [
    { name: 'in al, dx', code: 'EC', width: 1, expected: 0x1122_33b8 },
    { name: 'in ax, dx', code: '66 ED', width: 2, expected: 0x1122_a7b8 },
    { name: 'in eax, dx', code: 'ED', width: 4, expected: 0xc5d6_a7b8 },
  ];
  for (const { name, code, width, expected } of cases) {
    it(`${name} waits for its value and takes ${width} bytes of it`, () => {
      const machine = flatMachine(`${code} F4`);
      machine.set(EAX, 0x1122_3344);
      machine.set(EDX, 0xabcd_03f8);
      expect(machine.run()).toBe(PORT_READ);
      expect(machine.vcpu.exit).toMatchObject({ address: 0x3f8, width, count: 1, runCount: 0 });
      expect(machine.register(EIP)).toBe(PROGRAM);
      // Nothing happens until the value comes.
      expect(machine.run()).toBe(PORT_READ);
      machine.vcpu.completeRead(0xc5d6_a7b8);
      expect(machine.register(EAX)).toBe(expected);
      expect(machine.run()).toBe(HALT);
    });
  }

  it('names an immediate port', () => {
    const machine = flatMachine('E4 71 ; in al, 71h');
    machine.run();
    expect(machine.vcpu.exit.address).toBe(0x71);
  });
});

describe('OUT', () => {
  it('shows the value at its width', () => {
    const machine = flatMachine('EE 66 EF EF F4 ; out dx, al; out dx, ax; out dx, eax; hlt');
    machine.set(EAX, 0x89ab_cdef);
    machine.set(EDX, 0x1f0);
    const seen: number[][] = [];
    while (machine.run() === PORT_WRITE) {
      seen.push([machine.vcpu.exit.address, machine.vcpu.exit.width, machine.vcpu.exit.value]);
      machine.vcpu.completeWrite();
    }
    expect(seen).toEqual([
      [0x1f0, 1, 0xef],
      [0x1f0, 2, 0xcdef],
      [0x1f0, 4, 0x89ab_cdef],
    ]);
  });
});

describe('completion without need', () => {
  it('is a broken invariant', () => {
    const { vcpu } = flatMachine('F4');
    expect(() => vcpu.completeRead(0)).toThrow();
    expect(() => vcpu.completeWrite()).toThrow();
    expect(() => vcpu.completeString(0)).toThrow();
  });
});

describe('HLT', () => {
  it('leaves behind the instruction and stays halted, interrupts enabled or not', () => {
    const machine = flatMachine('F4 40 F4 ; hlt; inc eax; hlt');
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EIP)).toBe(PROGRAM + 1);
    expect(machine.vcpu.interruptible).toBe(false);
    const { instructions } = machine.vcpu;
    expect(machine.run()).toBe(HALT);
    expect(machine.vcpu.instructions).toBe(instructions);
  });

  it('is ended by an interrupt, whose handler returns behind it', () => {
    const machine = flatMachine('FB F4 41 F4 ; sti; hlt; inc ecx; hlt');
    machine.set(ECX, 0);
    gate(machine, 8, 0x3000);
    machine.write(0x3000, [0xba, 0x77, 0, 0, 0, 0xcf]); // mov edx, 77h; iretd
    expect(machine.run()).toBe(HALT);
    expect(machine.vcpu.interruptible).toBe(true);
    machine.vcpu.interrupt(8);
    expect(machine.run()).toBe(HALT);
    expect([machine.register(EDX), machine.register(ECX)]).toEqual([0x77, 1]);
  });
});

describe('VMCALL', () => {
  it('leaves behind the instruction, and answers go into the registers', () => {
    const machine = flatMachine('0F 01 C1 89 C1 F4 ; vmcall; mov ecx, eax; hlt');
    expect(machine.run()).toBe(HYPERCALL);
    machine.set(EAX, 0x1234_5678);
    expect(machine.run()).toBe(HALT);
    expect(machine.register(ECX)).toBe(0x1234_5678);
  });
});

describe('the budget', () => {
  /** Branches both ways, memory, a subroutine, a repeated string: the loop's units of work are much longer than one instruction. */
  const PROGRAM_WITH_LOOPS = `
    B9 07 00 00 00           ; mov ecx, 7
    51                       ; again: push ecx
    BF 00 40 00 00           ; mov edi, 4000h
    B9 05 00 00 00           ; mov ecx, 5
    F3 AB                    ; rep stosd
    59                       ; pop ecx
    E8 08 00 00 00           ; call double
    A8 04                    ; test al, 4
    75 01                    ; jnz odd
    43                       ; inc ebx
    E2 E6                    ; odd: loop again
    F4                       ; hlt
    01 C8                    ; double: add eax, ecx
    01 05 00 50 00 00        ; add [5000h], eax
    C3                       ; ret
  `;
  const machine = flatMachine(PROGRAM_WITH_LOOPS);
  const start = machine.vcpu.save();

  function state(instructionsAtOnce: number, total: number): number[] {
    machine.vcpu.restore(start);
    machine.write32(0x5000, 0);
    for (let left = total; left > 0; left -= instructionsAtOnce) {
      if (machine.vcpu.run(Math.min(left, instructionsAtOnce)) === HALT) break;
    }
    return [...registers(machine.vcpu).subarray(0, 10), machine.vcpu.instructions, machine.read32(0x5000)];
  }

  it('is exact: any division of a run gives the same state', () => {
    for (let total = 1; total < 120; total += 7) {
      const whole = state(total, total);
      for (const part of [1, 2, 3, 13, 64]) expect(state(part, total)).toEqual(whole);
    }
  });

  it('counts each iteration of a repeated string', () => {
    const machine = flatMachine('F3 AA F4 ; rep stosb; hlt');
    machine.set(ECX, 1000);
    machine.set(EAX, 0x11);
    const before = machine.vcpu.instructions;
    expect(machine.vcpu.run(300)).toBe(BUDGET);
    expect(machine.vcpu.instructions - before).toBe(300);
    expect([machine.register(ECX), machine.register(EIP)]).toEqual([700, PROGRAM]);
    expect(machine.run()).toBe(HALT);
    expect(machine.vcpu.instructions - before).toBe(1001);
  });

  it('ends a guest that only faults', () => {
    // #UD whose handler is #UD: no instruction ever retires.
    const machine = flatMachine('0F 0B ; ud2');
    gate(machine, 6, PROGRAM);
    machine.set(ESP, 0x3f_0000);
    expect(machine.vcpu.run(1000)).toBe(BUDGET);
  });
});

describe('an external interrupt', () => {
  it('can come only when IF is set and no shadow is open', () => {
    const machine = flatMachine('90 FB 90 90 FA 90 F4 ; nop; sti; nop; nop; cli; nop; hlt');
    const seen: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      seen.push(machine.vcpu.interruptible);
      machine.vcpu.run(1);
    }
    //                    nop    sti    nop    nop   cli    nop
    expect(seen).toEqual([false, false, false, true, true, false]);
  });

  it('is held off for one instruction by a load of SS', () => {
    const machine = flatMachine('FB 90 8E D1 90 90 ; sti; nop; mov ss, ecx; nop; nop');
    machine.set(ECX, 0x10);
    const seen: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      machine.vcpu.run(1);
      seen.push(machine.vcpu.interruptible);
    }
    expect(seen).toEqual([false, true, false, true, true]);
  });

  it('makes an exit of its window when that is asked for', () => {
    const machine = flatMachine('40 FB 40 40 F4 ; inc eax; sti; inc eax; inc eax; hlt');
    machine.set(EAX, 0);
    machine.vcpu.interruptWindow = true;
    expect(machine.run()).toBe(INTERRUPT_WINDOW);
    expect(machine.register(EAX)).toBe(2);
    expect(machine.run()).toBe(INTERRUPT_WINDOW);
    machine.vcpu.interruptWindow = false;
    expect(machine.run()).toBe(HALT);
  });

  it('pushes the interrupted place and clears IF', () => {
    const machine = flatMachine('FB 90 90 ; sti; nop; nop');
    gate(machine, 0x18, 0x3000);
    machine.write(0x3000, [0xf4]);
    machine.vcpu.run(2);
    machine.vcpu.interrupt(0x18);
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EFLAGS) & 0x200).toBe(0);
    const esp = machine.register(ESP);
    expect([machine.read32(esp), machine.read32(esp + 4), machine.read32(esp + 8) & 0x200]).toEqual([
      PROGRAM + 2,
      8,
      0x200,
    ]);
  });
});

describe('a triple fault', () => {
  it('shuts the vCPU down until reset', () => {
    const bare = flatMachine('0F 01 1D 00 30 00 00 CC ; lidt [3000h] (limit 0); int3');
    expect(bare.run()).toBe(SHUTDOWN);
    expect(bare.run()).toBe(SHUTDOWN);
    bare.vcpu.reset();
    expect(bare.register(EIP)).toBe(0xfff0);
    expect(bare.vcpu.run(1)).toBe(BUDGET);
  });
});

describe('registers between runs', () => {
  it('are given and taken as a whole', () => {
    const machine = realMachine('40 F4 ; inc ax; hlt');
    machine.set(EAX, 0x7fff);
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EAX)).toBe(0x8000);
    // OF, SF, AF, PF and bit 1, which is always set.
    expect(machine.register(EFLAGS)).toBe(0x896);
    machine.set(EIP, PROGRAM);
    machine.set(EFLAGS, 0xd5);
    expect(machine.register(EFLAGS)).toBe(0xd7);
  });
});
