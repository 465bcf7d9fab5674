/**
 * Order of the vCPU's registers in its register file and in the frame's save area: indices of 32-bit words.
 * General registers stand in the order of their encoding in ModRM, segments in theirs ([SDM] vol. 2, 2.1.5 and table 2-2).
 */
export const REG_EAX: u32 = 0;
export const REG_ECX: u32 = 1;
export const REG_EDX: u32 = 2;
export const REG_EBX: u32 = 3;
export const REG_ESP: u32 = 4;
export const REG_EBP: u32 = 5;
export const REG_ESI: u32 = 6;
export const REG_EDI: u32 = 7;
export const REG_EIP: u32 = 8;
export const REG_EFLAGS: u32 = 9;
export const REG_ES: u32 = 10;
export const REG_CS: u32 = 11;
export const REG_SS: u32 = 12;
export const REG_DS: u32 = 13;
export const REG_FS: u32 = 14;
export const REG_GS: u32 = 15;
export const REG_CR0: u32 = 16;
export const REG_CR2: u32 = 17;
export const REG_CR3: u32 = 18;
export const REG_CR4: u32 = 19;
/** Words saved at a full register save. */
export const REGISTER_COUNT: u32 = 20;
