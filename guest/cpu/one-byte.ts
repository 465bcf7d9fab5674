import type { Decoder } from './decode';
import { operation } from './operations';
import { CS, DS, EAX, ES, TEMPORARY } from './state';
import { decodeTwoByte } from './two-byte';

/** One-byte opcodes ([SDM] vol. 2, table A-2). */

const ARITHMETIC = ['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR', 'CMP'];
const SHIFTS32 = ['ROL32', 'ROR32', '', '', 'SHL32', 'SHR32', 'SHL32', 'SAR32'];

function bits(size: number): number {
  return 8 << size;
}

export function decodeOneByte(d: Decoder, opcode: number): void {
  if (opcode < 0x40) arithmeticRow(d, opcode);
  else if (opcode < 0x60) registerRow(d, opcode);
  else if (opcode < 0x80) middleRows(d, opcode);
  else if (opcode < 0xa0) moveRows(d, opcode);
  else if (opcode < 0xc0) accumulatorRows(d, opcode);
  else if (opcode < 0xe0) groupRows(d, opcode);
  else lastRows(d, opcode);
}

/** Operand size of an opcode whose bit 0 tells bytes from words. */
function sizeOf(d: Decoder, opcode: number): number {
  return (opcode & 1) === 0 ? 0 : d.operandSize;
}

function arithmeticRow(d: Decoder, opcode: number): void {
  const name = ARITHMETIC[opcode >>> 3];
  const form = opcode & 7;
  const size = sizeOf(d, opcode);
  if (form < 2) {
    d.modrm();
    modify(d, name, size, d.place(d.reg, size));
  } else if (form < 4) {
    d.modrm();
    const source = d.operand(size);
    d.emit(operation(`${name}${bits(size)}R`), d.place(d.reg, size), source);
  } else if (form < 6) d.emit(operation(`${name}${bits(size)}I`), d.place(EAX, size), 0, d.immediate(size));
  else segmentOrDecimal(d, opcode);
}

/** `name` on the r/m operand with a register. */
function modify(d: Decoder, name: string, size: number, source: number): void {
  const place = name === 'CMP' || name === 'TEST' ? d.operand(size) : d.operandForWrite(size);
  d.emit(operation(`${name}${bits(size)}R`), place, source);
  if (name !== 'CMP' && name !== 'TEST') d.storeOperand(size);
}

/** `name` on the r/m operand with an immediate. */
function modifyImmediate(d: Decoder, name: string, size: number, immediate: number): void {
  const place = name === 'CMP' || name === 'TEST' ? d.operand(size) : d.operandForWrite(size);
  d.emit(operation(`${name}${bits(size)}I`), place, 0, immediate);
  if (name !== 'CMP' && name !== 'TEST') d.storeOperand(size);
}

/** `name` on the r/m operand alone. */
function modifyAlone(d: Decoder, name: string, size: number): void {
  const place = d.operandForWrite(size);
  d.emit(operation(`${name}${bits(size)}`), place, 0);
  d.storeOperand(size);
}

function segmentOrDecimal(d: Decoder, opcode: number): void {
  switch (opcode) {
    case 0x06:
    case 0x0e:
    case 0x16:
    case 0x1e:
      d.handler('HANDLER', 'pushSegment', 0, opcode >>> 3);
      break;
    case 0x07:
    case 0x17:
    case 0x1f:
      d.handler('HANDLER_SERIAL', 'popSegment', 0, opcode >>> 3);
      break;
    case 0x0f:
      decodeTwoByte(d, d.byte());
      break;
    case 0x27:
    case 0x2f:
      d.handler('HANDLER', 'decimalAdjust', 0, opcode === 0x27 ? 1 : -1);
      break;
    default:
      d.handler('HANDLER', 'asciiAdjust', 0, opcode === 0x37 ? 1 : -1);
  }
}

function registerRow(d: Decoder, opcode: number): void {
  const size = d.operandSize;
  const index = opcode & 7;
  d.rm = index;
  if (opcode < 0x50) d.emit(operation(`${opcode < 0x48 ? 'INC' : 'DEC'}${bits(size)}`), d.place(index, size), 0);
  else if (d.flat32) d.emit(operation(opcode < 0x58 ? 'PUSH32R' : 'POP32'), index, 0);
  else d.handler('HANDLER', opcode < 0x58 ? 'pushOperand' : 'popRegister', size);
}

function middleRows(d: Decoder, opcode: number): void {
  const size = d.operandSize;
  switch (opcode) {
    case 0x60:
      d.handler('HANDLER', 'pushAll', size);
      break;
    case 0x61:
      d.handler('HANDLER', 'popAll', size);
      break;
    case 0x62:
      d.modrm();
      if (d.inMemory) d.handler('HANDLER', 'checkBounds', size);
      else d.undefined();
      break;
    case 0x63:
      d.modrm();
      d.handler('HANDLER', 'adjustRequestedPrivilege', 1);
      break;
    case 0x68:
    case 0x6a:
      pushImmediate(d, d.immediate(opcode === 0x68 ? size : 0));
      break;
    case 0x69:
    case 0x6b:
      d.modrm();
      multiplyImmediate(d, opcode === 0x69 ? size : 0);
      break;
    case 0x6c:
    case 0x6d:
      d.handler('HANDLER_PORT', 'portInString', sizeOf(d, opcode));
      break;
    case 0x6e:
    case 0x6f:
      d.implicitOperand();
      d.handler('HANDLER_PORT', 'portOutString', sizeOf(d, opcode));
      break;
    default:
      jumpIf(d, opcode & 15, d.signedByte());
  }
}

function pushImmediate(d: Decoder, value: number): void {
  if (d.flat32) d.emit(operation('PUSH32I'), 0, 0, value);
  else d.handler('HANDLER', 'pushImmediate', d.operandSize, value);
}

function multiplyImmediate(d: Decoder, immediateSize: number): void {
  if (d.operandSize === 1) {
    d.handler('HANDLER', 'multiplySigned16Immediate', 1, d.immediate(immediateSize));
    return;
  }
  const source = d.operand(2);
  d.emit(operation('IMUL32I'), d.place(d.reg, 2), source, d.immediate(immediateSize));
}

/** Jcc, near and short. */
export function jumpIf(d: Decoder, condition: number, distance: number): void {
  d.branch('JCC_LINK', 'JCC_FAR', condition, distance);
}

function moveRows(d: Decoder, opcode: number): void {
  const size = sizeOf(d, opcode);
  if (opcode >= 0x90) {
    accumulatorRow(d, opcode);
    return;
  }
  d.modrm();
  switch (opcode) {
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
      modifyImmediate(d, ARITHMETIC[d.reg], size, d.immediate(opcode === 0x83 ? 0 : size));
      break;
    case 0x84:
    case 0x85:
      modify(d, 'TEST', size, d.place(d.reg, size));
      break;
    case 0x86:
    case 0x87:
      exchange(d, size);
      break;
    case 0x88:
    case 0x89:
      store(d, size, d.place(d.reg, size));
      break;
    case 0x8a:
    case 0x8b:
      loadInto(d, size);
      break;
    case 0x8c:
      moveFromSegment(d);
      break;
    case 0x8d:
      loadEffectiveAddress(d);
      break;
    case 0x8e:
      moveToSegment(d);
      break;
    default:
      popOperand(d);
  }
}

function exchange(d: Decoder, size: number): void {
  if (d.inMemory) {
    d.lockable = true;
    d.handler('HANDLER', 'exchange', size);
  } else d.emit(operation(`XCHG${bits(size)}`), d.place(d.reg, size), d.place(d.rm, size));
}

function store(d: Decoder, size: number, source: number): void {
  if (d.inMemory) d.memory(`STORE${bits(size)}R`, source);
  else d.emit(operation(`MOV${bits(size)}R`), d.place(d.rm, size), source);
}

function loadInto(d: Decoder, size: number): void {
  const place = d.place(d.reg, size);
  if (d.inMemory) d.memory(`LOAD${bits(size)}`, place);
  else d.emit(operation(`MOV${bits(size)}R`), place, d.place(d.rm, size));
}

function moveFromSegment(d: Decoder): void {
  if (d.reg > 5) d.undefined();
  else d.handler('HANDLER', 'moveFromSegment', d.inMemory ? 1 : d.operandSize);
}

function moveToSegment(d: Decoder): void {
  if (d.reg > 5 || d.reg === CS) d.undefined();
  else d.handler('HANDLER_SERIAL', 'moveToSegment', 1);
}

function loadEffectiveAddress(d: Decoder): void {
  if (!d.inMemory) d.undefined();
  else if (d.operandSize === 2) d.loadAddress(d.reg);
  else {
    d.loadAddress(TEMPORARY);
    d.emit(operation('MOV16R'), d.place(d.reg, 1), d.temporary(1));
  }
}

function popOperand(d: Decoder): void {
  if (d.reg !== 0) d.undefined();
  else if (d.inMemory) d.handler('HANDLER', 'popMemory', d.operandSize, d.baseIsStackPointer ? 1 : 0);
  else if (d.flat32) d.emit(operation('POP32'), d.rm, 0);
  else d.handler('HANDLER', 'popRegister', d.operandSize);
}

function accumulatorRow(d: Decoder, opcode: number): void {
  const size = d.operandSize;
  switch (opcode) {
    case 0x90:
      d.emit(operation('NOP'), 0, 0);
      break;
    case 0x98:
      if (size === 2) d.emit(operation('CWDE'), 0, 0);
      else d.handler('HANDLER', 'convertAccumulator', 1);
      break;
    case 0x99:
      if (size === 2) d.emit(operation('CDQ'), 0, 0);
      else d.handler('HANDLER', 'convertIntoData', 1);
      break;
    case 0x9a:
      farImmediate(d, 'callFarImmediate');
      break;
    case 0x9b:
      d.handler('HANDLER', 'waitForUnit', 0);
      break;
    case 0x9c:
      d.handler('HANDLER', 'pushFlags', size);
      break;
    case 0x9d:
      d.handler('HANDLER_SERIAL', 'popFlags', size);
      break;
    case 0x9e:
      d.handler('HANDLER', 'storeAhIntoFlags', 0);
      break;
    case 0x9f:
      d.handler('HANDLER', 'loadFlagsIntoAh', 0);
      break;
    default:
      d.emit(operation(`XCHG${bits(size)}`), d.place(EAX, size), d.place(opcode & 7, size));
  }
}

/** CALL and JMP with a far pointer: the selector passes through TEMPORARY. */
function farImmediate(d: Decoder, name: 'callFarImmediate' | 'jumpFarImmediate'): void {
  const offset = d.operandSize === 2 ? d.long() : d.word();
  d.emit(operation('MOV32I'), TEMPORARY, 0, d.word());
  d.handler('HANDLER_TRANSFER', name, d.operandSize, offset);
}

function accumulatorRows(d: Decoder, opcode: number): void {
  const size = sizeOf(d, opcode);
  switch (opcode) {
    case 0xa0:
    case 0xa1:
      d.offsetOperand();
      d.memory(`LOAD${bits(size)}`, d.place(EAX, size));
      break;
    case 0xa2:
    case 0xa3:
      d.offsetOperand();
      d.memory(`STORE${bits(size)}R`, d.place(EAX, size));
      break;
    case 0xa8:
    case 0xa9:
      d.emit(operation(`TEST${bits(size)}I`), d.place(EAX, size), 0, d.immediate(size));
      break;
    case 0xa4:
    case 0xa5:
      string(d, 'moveString', size);
      break;
    case 0xa6:
    case 0xa7:
      string(d, 'compareString', size);
      break;
    case 0xaa:
    case 0xab:
      string(d, 'storeString', size);
      break;
    case 0xac:
    case 0xad:
      string(d, 'loadString', size);
      break;
    case 0xae:
    case 0xaf:
      string(d, 'scanString', size);
      break;
    default: {
      const wide = opcode >= 0xb8 ? d.operandSize : 0;
      d.emit(operation(`MOV${bits(wide)}I`), d.place(opcode & 7, wide), 0, d.immediate(wide));
    }
  }
}

type StringName = 'moveString' | 'compareString' | 'storeString' | 'loadString' | 'scanString';

function string(d: Decoder, name: StringName, size: number): void {
  d.implicitOperand();
  d.handler('HANDLER_STRING', name, size);
}

function groupRows(d: Decoder, opcode: number): void {
  const size = sizeOf(d, opcode);
  switch (opcode) {
    case 0xc0:
    case 0xc1:
      d.modrm();
      shiftImmediate(d, size, d.byte());
      break;
    case 0xd0:
    case 0xd1:
      d.modrm();
      shiftImmediate(d, size, 1);
      break;
    case 0xd2:
    case 0xd3:
      d.modrm();
      shiftByCl(d, size);
      break;
    case 0xc2:
    case 0xc3:
      returnNear(d, opcode === 0xc2 ? d.word() : 0);
      break;
    case 0xc4:
    case 0xc5:
      d.modrm();
      loadFarPointer(d, opcode === 0xc4 ? ES : DS);
      break;
    case 0xc6:
    case 0xc7:
      d.modrm();
      moveImmediate(d, size);
      break;
    case 0xc8: {
      const bytes = d.word();
      d.handler('HANDLER', 'enterFrame', d.operandSize, bytes | (d.byte() << 16));
      break;
    }
    case 0xc9:
      if (d.flat32) d.emit(operation('LEAVE32'), 0, 0);
      else d.handler('HANDLER', 'leaveFrame', d.operandSize);
      break;
    case 0xca:
    case 0xcb:
      d.handler('HANDLER_TRANSFER', 'returnFar', d.operandSize, opcode === 0xca ? d.word() : 0);
      break;
    case 0xcc:
      d.handler('HANDLER_TRANSFER', 'breakpointInstruction', 0);
      break;
    case 0xcd:
      d.handler('HANDLER_TRANSFER', 'interruptInstruction', 0, d.byte());
      break;
    case 0xce:
      d.handler('HANDLER_TRANSFER', 'interruptOnOverflow', 0);
      break;
    case 0xcf:
      d.handler('HANDLER_TRANSFER', 'interruptReturn', d.operandSize);
      break;
    case 0xd4:
      d.handler('HANDLER', 'asciiAdjustAfterMultiply', 0, d.byte());
      break;
    case 0xd5:
      d.handler('HANDLER', 'asciiAdjustBeforeDivide', 0, d.byte());
      break;
    case 0xd6:
      d.handler('HANDLER', 'setAlFromCarry', 0);
      break;
    case 0xd7:
      d.implicitOperand();
      d.handler('HANDLER', 'translateByte', 0);
      break;
    default:
      floatingPoint(d, opcode);
  }
}

function floatingPoint(d: Decoder, opcode: number): void {
  d.modrm();
  const modrm = (d.mod << 6) | (d.reg << 3) | d.rm;
  d.handler('HANDLER', 'escapeToUnit', 0, opcode | (modrm << 8));
}

function shiftImmediate(d: Decoder, size: number, count: number): void {
  const name = SHIFTS32[d.reg];
  const masked = count & 31;
  if (size !== 2 || name === '' || masked === 0) {
    d.handler('HANDLER', 'shiftByImmediate', size, masked);
    return;
  }
  const place = d.operandForWrite(2);
  d.emit(operation(`${name}I`), place, 0, masked);
  d.storeOperand(2);
  d.lockable = false;
}

function shiftByCl(d: Decoder, size: number): void {
  const name = SHIFTS32[d.reg];
  if (size !== 2 || name === '') {
    d.handler('HANDLER', 'shiftByCl', size);
    return;
  }
  const place = d.operandForWrite(2);
  d.emit(operation(`${name}C`), place, 0);
  d.storeOperand(2);
  d.lockable = false;
}

function returnNear(d: Decoder, release: number): void {
  if (d.flat32) {
    d.emit(operation('RET32'), 0, 0, release);
    d.ends = true;
  } else d.handler('HANDLER_TRANSFER', 'returnNear', d.operandSize, release);
}

/** LES and kin. */
export function loadFarPointer(d: Decoder, segment: number): void {
  if (d.inMemory) d.handler('HANDLER_SERIAL', 'loadFarPointer', d.operandSize, segment);
  else d.undefined();
}

function moveImmediate(d: Decoder, size: number): void {
  if (d.reg !== 0) {
    d.undefined();
    return;
  }
  const value = d.immediate(size);
  if (d.inMemory) d.memory(`STORE${bits(size)}I`, 0, value);
  else d.emit(operation(`MOV${bits(size)}I`), d.place(d.rm, size), 0, value);
}

function lastRows(d: Decoder, opcode: number): void {
  const size = sizeOf(d, opcode);
  switch (opcode) {
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
      d.reg = opcode & 3;
      d.handler('HANDLER_TRANSFER', 'loopRelative', d.operandSize, d.signedByte());
      break;
    case 0xe4:
    case 0xe5:
      d.handler('PORT_IN', 'portIn', size, d.byte());
      break;
    case 0xe6:
    case 0xe7:
      d.handler('PORT_OUT', 'portOut', size, d.byte());
      break;
    case 0xec:
    case 0xed:
      d.handler('PORT_IN', 'portIn', size, -1);
      break;
    case 0xee:
    case 0xef:
      d.handler('PORT_OUT', 'portOut', size, -1);
      break;
    case 0xe8:
      callRelative(d, d.immediate(d.operandSize));
      break;
    case 0xe9:
      jumpRelative(d, d.immediate(d.operandSize));
      break;
    case 0xeb:
      jumpRelative(d, d.signedByte());
      break;
    case 0xea:
      farImmediate(d, 'jumpFarImmediate');
      break;
    case 0xf1:
      d.handler('HANDLER_TRANSFER', 'debugInstruction', 0);
      break;
    case 0xf4:
      d.handler('HANDLER_LEAVE', 'halt', 0);
      break;
    case 0xf5:
      d.handler('HANDLER', 'changeCarry', 0, 2);
      break;
    case 0xf6:
    case 0xf7:
      d.modrm();
      unaryGroup(d, size);
      break;
    case 0xf8:
    case 0xf9:
      d.handler('HANDLER', 'changeCarry', 0, opcode & 1);
      break;
    case 0xfa:
      d.handler('HANDLER', 'clearInterruptFlag', 0);
      break;
    case 0xfb:
      d.handler('HANDLER', 'setInterruptFlag', 0);
      break;
    case 0xfc:
    case 0xfd:
      d.handler('HANDLER', 'setDirection', 0, opcode & 1);
      break;
    case 0xfe:
      d.modrm();
      if (d.reg < 2) modifyAlone(d, d.reg === 0 ? 'INC' : 'DEC', 0);
      else d.undefined();
      break;
    default:
      d.modrm();
      indirectGroup(d);
  }
}

function callRelative(d: Decoder, distance: number): void {
  if (d.flat32) {
    d.branch('CALL_LINK', 'CALL_FAR', 0, distance);
    d.ends = true;
  } else d.handler('HANDLER_TRANSFER', 'callRelative', d.operandSize, distance);
}

function jumpRelative(d: Decoder, distance: number): void {
  d.branch('JMP_LINK', 'JMP_FAR', 0, distance);
  d.ends = true;
}

/** F6 and F7. */
function unaryGroup(d: Decoder, size: number): void {
  switch (d.reg) {
    case 0:
    case 1:
      modifyImmediate(d, 'TEST', size, d.immediate(size));
      break;
    case 2:
      modifyAlone(d, 'NOT', size);
      break;
    case 3:
      modifyAlone(d, 'NEG', size);
      break;
    case 4:
      d.handler('HANDLER', 'multiply', size);
      break;
    case 5:
      d.handler('HANDLER', 'multiplySigned', size);
      break;
    case 6:
      d.handler('HANDLER', 'divide', size);
      break;
    default:
      d.handler('HANDLER', 'divideSigned', size);
  }
}

/** FF. */
function indirectGroup(d: Decoder): void {
  const size = d.operandSize;
  switch (d.reg) {
    case 0:
    case 1:
      modifyAlone(d, d.reg === 0 ? 'INC' : 'DEC', size);
      break;
    case 2:
    case 4:
      nearIndirect(d, d.reg === 2);
      break;
    case 3:
    case 5:
      if (d.inMemory) d.handler('HANDLER_TRANSFER', d.reg === 3 ? 'callFarMemory' : 'jumpFarMemory', size);
      else d.undefined();
      break;
    case 6:
      if (d.flat32) d.emit(operation('PUSH32R'), d.operand(2), 0);
      else d.handler('HANDLER', 'pushOperand', size);
      break;
    default:
      d.undefined();
  }
}

function nearIndirect(d: Decoder, call: boolean): void {
  if (d.flat32) {
    d.emit(operation(call ? 'CALL32R' : 'JMP32R'), d.operand(2), 0);
    d.ends = true;
  } else d.handler('HANDLER_TRANSFER', call ? 'callOperand' : 'jumpOperand', d.operandSize);
}
