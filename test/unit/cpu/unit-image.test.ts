import { describe, expect, it } from 'vitest';
import { createX87 } from '../../../guest/cpu/x87';
import { EAX, EDX, EIP, flatMachine, gate, HALT } from './machine';

/** FXSAVE and FXRSTOR ([SDM] vol. 1, 10.5.1), held against what a processor of today stored for the same three instructions. */

const IMAGE = 0x1_0000;
const HANDLER = 0x3000;
const GENERAL_PROTECTION = 13;
const DEVICE_NOT_AVAILABLE = 7;

const LOADED = `
  DB E3              ; fninit
  D9 EB              ; fldpi
  D9 E8              ; fld1
`;
const machine = (listing: string) => flatMachine(listing, { floatingPoint: createX87 });

const words = (at: (address: number) => number, ...offsets: number[]) => offsets.map((offset) => at(IMAGE + offset));

describe('FXSAVE and FXRSTOR', () => {
  it('are advertised', () => {
    const { run, register } = machine('B8 01 00 00 00  0F A2  F4 ; mov eax, 1; cpuid; hlt');
    expect(run()).toBe(HALT);
    expect(register(EDX) & (1 << 24)).not.toBe(0);
  });

  it('lay the registers out 16 bytes each, ST(0) first, behind control, status, tags and pointers', () => {
    const { run, read32 } = machine(`${LOADED}
      0F AE 05 00 00 01 00 ; fxsave [0x10000]
      F4`);
    expect(run()).toBe(HALT);
    expect(words(read32, 0)).toEqual([0x3000_037f]);
    expect(read32(IMAGE + 4) & 0xffff).toBe(0xc0);
    expect(words(read32, 32, 36, 40)).toEqual([0x0000_0000, 0x8000_0000, 0x0000_3fff]);
    expect(words(read32, 48, 52, 56)).toEqual([0x2168_c235, 0xc90f_daa2, 0x0000_4000]);
    expect(words(read32, 64, 68, 72)).toEqual([0, 0, 0]);
  });

  it('keep what the x87 unit does not own: the SSE part of the image, and the unit itself while saving', () => {
    const { run, read32, write32 } = machine(`${LOADED}
      0F AE 05 00 00 01 00 ; fxsave [0x10000]
      D9 1D 00 02 01 00    ; fstp dword [0x10200]
      F4`);
    write32(IMAGE + 24, 0x1234_5678);
    write32(IMAGE + 160, 0x9abc_def0);
    expect(run()).toBe(HALT);
    expect(words(read32, 24, 160)).toEqual([0x1234_5678, 0x9abc_def0]);
    expect(read32(0x1_0200)).toBe(0x3f80_0000);
  });

  it('bring everything back', () => {
    const { run, read32 } = machine(`${LOADED}
      0F AE 05 00 00 01 00 ; fxsave [0x10000]
      DB E3                ; fninit
      D9 EE                ; fldz
      0F AE 0D 00 00 01 00 ; fxrstor [0x10000]
      DD D8                ; fstp st0
      0F AE 05 00 02 01 00 ; fxsave [0x10200]
      F4`);
    expect(run()).toBe(HALT);
    expect(read32(IMAGE + 0x200)).toBe(0x3800_037f);
    expect(read32(IMAGE + 0x204) & 0xffff).toBe(0x80);
    expect(words(read32, 0x220, 0x224, 0x228)).toEqual([0x2168_c235, 0xc90f_daa2, 0x0000_4000]);
  });

  it.each([
    ['an operand that is not on a multiple of 16', '0F AE 05 08 00 01 00 ; fxsave [0x10008]', GENERAL_PROTECTION],
    [
      'CR0.TS',
      '0F 20 C0  0C 08  0F 22 C0  0F AE 0D 00 00 01 00 ; mov eax, cr0; or al, 8; mov cr0, eax; fxrstor [0x10000]',
      DEVICE_NOT_AVAILABLE,
    ],
  ])('fault on %s', (_name, listing, vector) => {
    const guest = machine(`${listing}\nF4`);
    gate(guest, vector, HANDLER);
    guest.write(HANDLER, [0xb0, 0x77, 0xf4]);
    expect(guest.run()).toBe(HALT);
    expect(guest.register(EIP)).toBe(HANDLER + 3);
    expect(guest.register(EAX) & 0xff).toBe(0x77);
  });
});
