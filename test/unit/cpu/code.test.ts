/** Decoded code is a cache: the guest, and everything else that writes memory, must not notice it. */
import { describe, expect, it } from 'vitest';
import { bytes, EAX, EBX, ECX, EDI, EDX, EFLAGS, EIP, ESI, flatMachine, HALT, PORT_READ, PROGRAM } from './machine';

const ELSEWHERE = 0x4000;

describe('code that the guest writes', () => {
  it('takes effect at the next instruction', () => {
    // mov byte [immediate of the next instruction], 5; mov ecx, 1
    const machine = flatMachine('C6 05 08 20 00 00 05 B9 01 00 00 00 F4');
    expect(machine.run()).toBe(HALT);
    expect(machine.register(ECX)).toBe(5);
  });

  it('takes effect in every round of a loop that patches itself', () => {
    const machine = flatMachine(`
      B9 0A 00 00 00           ; mov ecx, 10
      83 C3 00                 ; again: add ebx, 0
      88 0D 07 20 00 00        ; mov [its immediate], cl
      E2 F5                    ; loop again
      F4                       ; hlt
    `);
    machine.set(EBX, 0);
    machine.run();
    expect(machine.register(EBX)).toBe(10 + 9 + 8 + 7 + 6 + 5 + 4 + 3 + 2);
  });

  it('takes effect when a subroutine is replaced', () => {
    const machine = flatMachine(`
      E8 FB 1F 00 00           ; call 4000h
      66 C7 05 00 40 00 00 43 C3 ; mov word [4000h], inc ebx / ret
      E8 ED 1F 00 00           ; call 4000h
      F4                       ; hlt
    `);
    machine.write(ELSEWHERE, bytes('41 C3 ; inc ecx; ret'));
    machine.set(EBX, 0);
    machine.set(ECX, 0);
    machine.run();
    expect([machine.register(EBX), machine.register(ECX)]).toEqual([1, 1]);
  });

  it('is noticed when CALL pushes its return address onto it', () => {
    // With ESP = 2009h the return address 2005h overwrites the bytes behind CALL: ADD EAX, 00000020h there (05 20 00 00 ..).
    const machine = flatMachine('E8 00 00 00 00 90 90 90 90 90 F4');
    machine.set(4, PROGRAM + 9);
    machine.set(EAX, 0);
    machine.run();
    expect(machine.register(EAX)).toBe(0x9000_0020);
  });

  it('is noticed through a string instruction', () => {
    const machine = flatMachine('F3 A4 90 90 90 F4 ; rep movsb; nop; nop; nop; hlt');
    machine.write(0x5000, bytes('40 40 40 ; inc eax'));
    machine.set(EAX, 0);
    machine.set(ESI, 0x5000);
    machine.set(EDI, PROGRAM + 2);
    machine.set(ECX, 3);
    machine.run();
    expect(machine.register(EAX)).toBe(3);
  });

  it('is noticed through another address of its page', () => {
    const machine = flatMachine(`
      C6 05 08 20 10 00 05     ; mov byte [102008h], 5: 2008h while line 20 is closed
      B9 01 00 00 00           ; mov ecx, 1
      F4                       ; hlt
    `);
    machine.vcpu.setAddressLine20(false);
    machine.run();
    expect(machine.register(ECX)).toBe(5);
  });
});

describe('code that others write', () => {
  it('is noticed after string I/O', () => {
    const machine = flatMachine('6D 90 90 90 90 F4 ; insd; nop x 4; hlt');
    machine.set(EDI, PROGRAM + 1);
    machine.set(EAX, 0);
    machine.set(EDX, 0x1f0);
    // Decoded as four NOPs first.
    machine.set(EIP, PROGRAM + 1);
    expect(machine.run()).toBe(HALT);
    machine.write32(0x600, 0x0008_2000); // vector 0, an interrupt gate to the INSD
    machine.write32(0x604, 0x8e00);
    machine.set(EFLAGS, 0x202);
    machine.vcpu.interrupt(0);
    expect(machine.run()).toBe(PORT_READ);
    machine.vcpu.completeRead(0x4040_4040); // inc eax x 4
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EAX)).toBe(4);
  });

  it('is noticed when memory says that others have written it', () => {
    const machine = flatMachine('EC 40 EB FC ; again: in al, dx; inc eax; jmp again');
    machine.run();
    machine.vcpu.completeRead(0);
    expect(machine.run()).toBe(PORT_READ);
    machine.vcpu.completeRead(0);
    machine.write(PROGRAM + 1, bytes('F4 ; hlt'));
    machine.memory.writes++;
    expect(machine.run()).toBe(HALT);
    expect(machine.register(EIP)).toBe(PROGRAM + 2);
  });
});

describe('an instruction across two pages', () => {
  it('is executed, and follows changes of either page', () => {
    const machine = flatMachine('E9 F9 0F 00 00 ; jmp 2FFEh');
    machine.write(0x2ffe, bytes('B8 11 22 33 44 F4 ; mov eax, 44332211h; hlt'));
    machine.run();
    expect(machine.register(EAX)).toBe(0x4433_2211);
    const patched = flatMachine(`
      E8 F9 0F 00 00           ; call 2FFEh
      C6 05 02 30 00 00 77     ; mov byte [3002h], 77h
      E8 ED 0F 00 00           ; call 2FFEh
      F4                       ; hlt
    `);
    patched.write(0x2ffe, bytes('B8 11 22 33 44 C3 ; mov eax, 44332211h; ret'));
    patched.run();
    expect(patched.register(EAX)).toBe(0x7733_2211);
  });
});

describe('address line 20', () => {
  it('makes 1 MiB and above lead to memory below while it is closed', () => {
    const machine = flatMachine('A1 00 00 10 00 F4 ; mov eax, [100000h]; hlt');
    machine.write32(0, 0x1111_1111);
    machine.write32(0x10_0000, 0x2222_2222);
    const start = machine.vcpu.save();
    machine.run();
    expect(machine.register(EAX)).toBe(0x2222_2222);
    machine.vcpu.restore(start);
    machine.vcpu.setAddressLine20(false);
    machine.run();
    expect(machine.register(EAX)).toBe(0x1111_1111);
  });
});
