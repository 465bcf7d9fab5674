/** What manual.asm has to print, each line with the clause that says so. */
export const MANUAL: readonly (readonly [line: string, clause: string])[] = [
  [
    'word read at FFFFh: v 000d 0003 0000 0046 7000',
    '[SDM] vol. 3, 20.1.1: #GP for an operand over the end of the segment',
  ],
  ['word write at FFFFh: v 000d 0003 0000 0046 7000', '[SDM] vol. 3, 20.1.1'],
  ['byte read at FFFFh: 0000 0046 7000', '[SDM] vol. 3, 20.1.1: FFFFh itself is inside'],
  ['dword read at FFFDh: v 000d 0003 0000 0046 7000', '[SDM] vol. 3, 20.1.1'],
  ['word read at FFFFh through the stack segment: v 000c 0003 0000 0046 7000', '[SDM] vol. 3, 20.1.1: #SS there'],
  ['32-bit offset beyond 64 KiB: v 000d 0006 0000 0046 7000', '[SDM] vol. 3, 20.1.1'],
  ['32-bit offset beyond 64 KiB, by EBP: v 000c 0006 0000 0046 7000', '[SDM] vol. 3, 20.1.1'],
  ['movsw from FFFFh: v 000d 0008 0000 0046 7000', '[SDM] vol. 3, 20.1.1'],
  [
    'jump beyond the limit: v 000d 0000 0000 0046 7000',
    '[SDM] vol. 2, JMP, real-address mode exceptions: #GP, at the jump',
  ],
  [
    'instruction over the limit: v 000d f810 0000 0046 7000',
    '[SDM] vol. 3, 6.15, interrupt 13: fetch beyond the limit',
  ],
  ['PG without PE: v 000d 0009 0000 0082 7000', '[SDM] vol. 2, MOV to control registers: #GP(0)'],
  ['NW without CD: v 000d 000f 0000 0002 7000', '[SDM] vol. 2, MOV to control registers: #GP(0)'],
  ['CR4, reserved bit: v 000d 0006 0000 0046 7000', '[SDM] vol. 2, MOV to control registers: #GP(0)'],
  ['mov to CR1: v 0006 0000 0000 0046 7000', '[SDM] vol. 2, MOV to control registers: #UD'],
  ['lock hlt: v 0006 0000 0000 0046 7000', '[SDM] vol. 2, LOCK: #UD'],
  [
    'single step: sti does not defer the trap: v 0001 000b 0000 0302 7000 v 0001 000c 0000 0102 7000 v 0001 000d 0000 0102 7000 0000 0002 7000',
    '[SDM] vol. 2, STI: it is maskable interrupts that wait for the next instruction',
  ],
  [
    'single step: mov ss does, and int3 behind it is not stepped: v 0001 000f 0000 0102 7000 v 0003 0012 0000 0102 7000 0000 0002 7000',
    '[SDM] vol. 3, 6.8.3: no debug exception behind MOV SS; 17.3.2: INT3 clears TF',
  ],
];
