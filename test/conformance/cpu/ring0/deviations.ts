/**
 * Where QEMU's TCG is not the processor of the manual: what the image prints there, what it has to print, and the clause that says
 * so. Recording the image anew may move addresses within these lines.
 */
export interface Deviation {
  /** As QEMU prints it. */
  readonly qemu: string;
  readonly expected: string;
  readonly clause: string;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    qemu: 'real lock mov: 0000 0046 7000',
    expected: 'real lock mov: v 0006 0000 0000 0046 7000',
    clause: '[SDM] vol. 2, LOCK: #UD with an instruction that is not in the list',
  },
  {
    qemu: 'load DS: null, beyond the tables 0000 + v 000d 0000 0000 0008 00000046 + +',
    expected: 'load DS: null, beyond the tables 0000 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    qemu: ' 0001 + v 000d 0000 0000 0008 00000046 + +',
    expected: ' 0001 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    qemu: ' 0002 + v 000d 0000 0000 0008 00000046 + +',
    expected: ' 0002 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    qemu: ' 0003 + v 000d 0000 0000 0008 00000046 + +',
    expected: ' 0003 + v 000d 0000 0000 0008 00000046 + v 000d 0000 0000 0008 00000046',
    clause: '[SDM] vol. 2, LTR: #GP(0) for a null selector',
  },
  {
    qemu: 'call gate to conforming code from ring 3: in 0060 0023 00000002 00025ff8 00013012 0000001b 00000000 00012af2 00000000 v 0060 0000 f7e1 0060 00000006',
    expected:
      'call gate to conforming code from ring 3: in 0063 0023 00000002 00025ff8 00013012 0000001b 00000000 00012af2 00000000 v 0060 0000 f7e1 0063 00000006 0023 00025ff8',
    clause: '[SDM] vol. 2, CALL, SAME-PRIVILEGE: the RPL of CS becomes the CPL',
  },
  {
    qemu: 'inner stack not present: v 000a 0050 0011 001b 00000002 0023 00026000',
    expected: 'inner stack not present: v 000c 0050 0011 001b 00000002 0023 00026000',
    clause: '[SDM] vol. 2, CALL, MORE-PRIVILEGE: #SS(selector) when the new stack segment is not present',
  },
  {
    qemu: 'interrupt to ring 1, stack not present: v 000a 0050 0011 001b 00000002 0023 00026000',
    expected: 'interrupt to ring 1, stack not present: v 000c 0050 0011 001b 00000002 0023 00026000',
    clause:
      '[SDM] vol. 2, INT n, INTER-PRIVILEGE-LEVEL-INTERRUPT: #SS(selector) when the new stack segment is not present',
  },
  {
    qemu: 'iret to ring 3, stack not present: v 000b 0050 0017 0008 00000002',
    expected: 'iret to ring 3, stack not present: v 000c 0050 0017 0008 00000002',
    clause: '[SDM] vol. 2, IRET, RETURN-TO-OUTER-PRIVILEGE-LEVEL: #SS(selector) when the stack segment is not present',
  },
  {
    qemu: 'new task: DS is a TSS: v 000a 0028 f015 0008 00000893',
    expected: 'new task: DS is a TSS: v 000a 0028 f64c 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    qemu: 'new task: DS beyond the table: v 000a 0080 f015 0008 00000893',
    expected: 'new task: DS beyond the table: v 000a 0080 f5d9 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    qemu: 'new task: GS not present: v 000b 0050 f011 0008 00000893',
    expected: 'new task: GS not present: v 000b 0050 f50e 0008 00000893',
    clause: '[SDM] vol. 3, 7.3: faults behind step 12 are reported in the new task, with its EIP',
  },
  {
    qemu: 'new task with the trap bit: task2 0a0a0a0a 0b0b0b0b 0e0e0e0e 00025efc 0000 0010 00000893 types 0089 008b 0081 link 0000 tr 0068 cr0 0008 saved 0019 00000ad7 11112222 00027000 0008 0010',
    expected: 'new task with the trap bit: v 0001 0000 f3ed 0008 00000893 8ff0',
    clause: '[SDM] vol. 3, 17.3.1.5: #DB with DR6.BT before the first instruction of a task whose T flag is set',
  },
  {
    qemu: 'iret to v86 from ring 3 keeps VM clear: v 000d 0000 6e40 001b 00020002 2af2 00000000',
    expected: 'iret to v86 from ring 3 keeps VM clear: v 0060 0000 0020 001b 00000002 0023 00026000',
    clause: '[SDM] vol. 2, IRET: to virtual-8086 mode only from CPL 0; otherwise VM is not modified',
  },
  {
    qemu: 'watchpoint: two at once: v 0001 0000 0015 0008 00000046 0ff2',
    expected: 'watchpoint: two at once: v 0001 0000 0015 0008 00000046 0ff6',
    clause: '[SDM] vol. 3, 17.2.3: a bit in DR6 for each breakpoint condition that is met',
  },
  {
    qemu: 'general detect: ok 00016c52 00000046',
    expected: 'general detect: v 0001 0000 0008 0008 00000046 2ff0',
    clause: '[SDM] vol. 3, 17.2.4: DR7.GD makes an access to a debug register a #DB with DR6.BD',
  },
  {
    qemu: "general detect cleared by the handler's entry: ok 00002400 00000046",
    expected: "general detect cleared by the handler's entry: ok 00000400 00000046",
    clause: '[SDM] vol. 3, 17.2.4: the processor clears GD on entering the handler',
  },
];
