/**
 * Where QEMU's TCG is not the processor of the manual: the line that the image has to print instead of the recorded one, and the
 * clause that says so.
 */
export interface Deviation {
  /** How the recorded line begins; no other does. */
  readonly line: string;
  readonly expected: string;
  readonly clause: string;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    line: 'real lock mov',
    expected: 'real lock mov: v 0006 0000 0000 0046 7000',
    clause: '[SDM] vol. 2, LOCK: #UD with an instruction that is not in the list',
  },
  {
    line: 'load DS: null',
    expected: 'load DS: null, beyond the tables 0000 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    line: ' 0001 + v 000d',
    expected: ' 0001 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    line: ' 0002 + v 000d',
    expected: ' 0002 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    line: ' 0003 + v 000d',
    expected: ' 0003 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    line: 'call gate to conforming code from ring 3',
    expected:
      'call gate to conforming code from ring 3: in 0063 0023 00000002 00025ff8 00013012 0000001b 00000000 00012af2 00000000 v 0060 0000 f7e1 0063 00000006 0023 00025ff8',
    clause: '[SDM] vol. 2, CALL, SAME-PRIVILEGE: the RPL of CS becomes the CPL',
  },
  {
    line: 'inner stack not present',
    expected: 'inner stack not present: v 000c 0050 0011 001b 00000002 0023 00026000',
    clause: '[SDM] vol. 2, CALL, MORE-PRIVILEGE: #SS(selector) when the new stack segment is not present',
  },
  {
    line: 'interrupt to ring 1, stack not present',
    expected: 'interrupt to ring 1, stack not present: v 000c 0050 0011 001b 00000002 0023 00026000',
    clause:
      '[SDM] vol. 2, INT n, INTER-PRIVILEGE-LEVEL-INTERRUPT: #SS(selector) when the new stack segment is not present',
  },
  {
    line: 'iret to ring 3, stack not present',
    expected: 'iret to ring 3, stack not present: v 000c 0050 0017 0008 00000002',
    clause: '[SDM] vol. 2, IRET, RETURN-TO-OUTER-PRIVILEGE-LEVEL: #SS(selector) when the stack segment is not present',
  },
  {
    line: 'new task: DS is a TSS',
    expected: 'new task: DS is a TSS: v 000a 0028 f64c 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    line: 'new task: DS beyond the table',
    expected: 'new task: DS beyond the table: v 000a 0080 f5d9 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    line: 'new task: GS not present',
    expected: 'new task: GS not present: v 000b 0050 f50e 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    line: 'new task with the trap bit',
    expected: 'new task with the trap bit: v 0001 0000 f334 0008 00000893 8ff0',
    clause: '[SDM] vol. 3, 17.3.1.5: #DB with DR6.BT before the first instruction of a task whose T flag is set',
  },
  {
    line: 'iret to v86 from ring 3 keeps VM clear',
    expected: 'iret to v86 from ring 3 keeps VM clear: v 0060 0000 0020 001b 00000002 0023 00026000',
    clause: '[SDM] vol. 2, IRET: to virtual-8086 mode only from CPL 0; otherwise VM is not modified',
  },
  {
    line: 'watchpoint: two at once',
    expected: 'watchpoint: two at once: v 0001 0000 0015 0008 00000046 0ff6',
    clause: '[SDM] vol. 3, 17.2.3: a bit in DR6 for each breakpoint condition that is met',
  },
  {
    line: 'general detect:',
    expected: 'general detect: v 0001 0000 0008 0008 00000046 2ff0',
    clause: '[SDM] vol. 3, 17.2.4: DR7.GD makes an access to a debug register a #DB with DR6.BD',
  },
  {
    line: 'general detect cleared',
    expected: "general detect cleared by the handler's entry: ok 00000400 00000046",
    clause: '[SDM] vol. 3, 17.2.4: the processor clears GD on entering the handler',
  },
];
