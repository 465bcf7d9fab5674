import type { Decoder } from './decode';
import { jumpIf, loadFarPointer } from './one-byte';
import { operation } from './operations';
import { FS, GS, LDTR, SS, TR } from './state';

/** Two-byte opcodes, 0F xx ([SDM] vol. 2, table A-3). Those of MMX, SSE and later are undefined here. */

/** BT, BTS, BTR, BTC by bits 3-4 of the opcode or of ModRM. */
const BIT_TEST = 0;

export function decodeTwoByte(d: Decoder, opcode: number): void {
  if (opcode >= 0x80 && opcode < 0x90) jumpIf(d, opcode & 15, d.immediate(d.operandSize));
  else if (opcode >= 0x90 && opcode < 0xa0) setIf(d, opcode & 15);
  else if (opcode >= 0x40 && opcode < 0x50) moveIf(d, opcode & 15);
  else if (opcode < 0x40) systemRows(d, opcode);
  else if (opcode >= 0xa0) upperRows(d, opcode);
  else d.undefined();
}

function setIf(d: Decoder, condition: number): void {
  d.modrm();
  // Memory must be known to be writable, but is not read: a plain store from TEMPORARY.
  const place = d.inMemory ? d.temporary(0) : d.place(d.rm, 0);
  d.emitConditional('SETCC', condition, place, 0);
  d.storeOperand(0);
}

function moveIf(d: Decoder, condition: number): void {
  d.modrm();
  const size = d.operandSize;
  const source = d.operand(size);
  d.emitConditional(size === 2 ? 'CMOV32' : 'CMOV16', condition, d.place(d.reg, size), source);
}

function systemRows(d: Decoder, opcode: number): void {
  switch (opcode) {
    case 0x00:
      d.modrm();
      selectorGroup(d);
      break;
    case 0x01:
      d.modrm();
      tableGroup(d);
      break;
    case 0x02:
    case 0x03:
      d.modrm();
      d.handler('HANDLER', opcode === 0x02 ? 'loadAccessRights' : 'loadSegmentLimit', 1);
      break;
    case 0x06:
      d.handler('HANDLER', 'clearTaskSwitched', 0);
      break;
    case 0x08:
    case 0x09:
      d.handler('HANDLER', 'flushCaches', 0);
      break;
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
      controlMove(d, opcode);
      break;
    case 0x30:
      d.handler('HANDLER_COUNT', 'writeMsr', 0);
      break;
    case 0x31:
      d.handler('HANDLER_COUNT', 'readTimestamp', 0);
      break;
    case 0x32:
      d.handler('HANDLER_COUNT', 'readMsr', 0);
      break;
    default:
      if (opcode >= 0x18 && opcode < 0x20) {
        // Reserved for hints: no operation, whatever the operand ([SDM] vol. 2, NOP).
        d.modrm();
        d.emit(operation('NOP'), 0, 0);
      } else d.undefined();
  }
}

/** ModRM.mod is ignored: these name registers only ([SDM] vol. 2, MOV control registers). */
function controlMove(d: Decoder, opcode: number): void {
  const byte = d.byte();
  d.mod = 3;
  d.reg = (byte >>> 3) & 7;
  d.rm = byte & 7;
  if (opcode === 0x20) d.handler('HANDLER', 'moveFromControl', 2);
  else if (opcode === 0x21) d.handler('HANDLER', 'moveFromDebug', 2);
  else d.handler('HANDLER_SERIAL', opcode === 0x22 ? 'moveToControl' : 'moveToDebug', 2);
}

/** 0F 00. */
function selectorGroup(d: Decoder): void {
  const size = d.inMemory ? 1 : d.operandSize;
  switch (d.reg) {
    case 0:
    case 1:
      d.handler('HANDLER', 'storeSystemSegment', size, d.reg === 0 ? LDTR : TR);
      break;
    case 2:
      d.handler('HANDLER_SERIAL', 'loadLocalTable', 1);
      break;
    case 3:
      d.handler('HANDLER_SERIAL', 'loadTaskRegister', 1);
      break;
    case 4:
    case 5:
      d.handler('HANDLER', 'verifyAccess', 1, d.reg & 1);
      break;
    default:
      d.undefined();
  }
}

/** 0F 01. */
function tableGroup(d: Decoder): void {
  switch (d.reg) {
    case 0:
    case 1:
    case 2:
    case 3:
      tableInstruction(d);
      break;
    case 4:
      d.handler('HANDLER', 'storeMachineStatus', d.inMemory ? 1 : d.operandSize);
      break;
    case 6:
      d.handler('HANDLER_SERIAL', 'loadMachineStatus', 1);
      break;
    case 7:
      if (d.inMemory) d.handler('HANDLER_SERIAL', 'invalidatePage', 0);
      else d.undefined();
      break;
    default:
      d.undefined();
  }
}

function tableInstruction(d: Decoder): void {
  if (d.inMemory) d.handler('HANDLER', d.reg < 2 ? 'storeTable' : 'loadTable', 0, d.reg & 1);
  else if (d.reg === 0 && d.rm === 1) d.handler('HANDLER_LEAVE', 'hypercall', 0);
  else d.undefined();
}

function upperRows(d: Decoder, opcode: number): void {
  const size = d.operandSize;
  const wide = (opcode & 1) === 0 ? 0 : size;
  switch (opcode) {
    case 0xa0:
    case 0xa8:
      d.handler('HANDLER', 'pushSegment', size, opcode === 0xa0 ? FS : GS);
      break;
    case 0xa1:
    case 0xa9:
      d.handler('HANDLER_SERIAL', 'popSegment', size, opcode === 0xa1 ? FS : GS);
      break;
    case 0xa2:
      d.handler('HANDLER', 'identify', 0);
      break;
    case 0xa3:
    case 0xab:
    case 0xb3:
    case 0xbb:
      d.modrm();
      d.lockable = d.inMemory && opcode !== 0xa3;
      d.handler('HANDLER', 'bitTestRegister', size, (opcode >>> 3) & 3);
      break;
    case 0xba:
      d.modrm();
      bitGroup(d, size);
      break;
    case 0xa4:
    case 0xac:
      d.modrm();
      d.handler('HANDLER', opcode === 0xa4 ? 'shiftLeftDoubleImmediate' : 'shiftRightDoubleImmediate', size, d.byte());
      break;
    case 0xa5:
    case 0xad:
      d.modrm();
      d.handler('HANDLER', opcode === 0xa5 ? 'shiftLeftDoubleCl' : 'shiftRightDoubleCl', size);
      break;
    case 0xae:
      d.modrm();
      if (d.inMemory && d.reg < 2) d.handler('HANDLER', d.reg === 0 ? 'saveUnit' : 'restoreUnit', 0);
      else d.undefined();
      break;
    case 0xaf:
      d.modrm();
      if (size === 2) d.emit(operation('IMUL32R'), d.reg, d.operand(2));
      else d.handler('HANDLER', 'multiplySigned16', 1);
      break;
    case 0xb0:
    case 0xb1:
      d.modrm();
      d.lockable = d.inMemory;
      d.handler('HANDLER', 'compareExchange', wide);
      break;
    case 0xb2:
    case 0xb4:
    case 0xb5:
      d.modrm();
      loadFarPointer(d, opcode === 0xb2 ? SS : opcode === 0xb4 ? FS : GS);
      break;
    case 0xb6:
    case 0xb7:
    case 0xbe:
    case 0xbf:
      d.modrm();
      widen(d, opcode);
      break;
    case 0xbc:
    case 0xbd:
      d.modrm();
      d.handler('HANDLER', opcode === 0xbc ? 'bitScanForward' : 'bitScanReverse', size);
      break;
    case 0xc0:
    case 0xc1:
      d.modrm();
      d.lockable = d.inMemory;
      d.handler('HANDLER', 'exchangeAdd', wide);
      break;
    case 0xc7:
      d.modrm();
      d.lockable = true;
      if (d.reg === 1 && d.inMemory) d.handler('HANDLER', 'compareExchange8', 2);
      else d.undefined();
      break;
    default:
      if (opcode >= 0xc8 && opcode < 0xd0) {
        d.rm = opcode & 7;
        d.handler('HANDLER', 'byteSwap', size);
      } else d.undefined();
  }
}

/** 0F BA: BT and kin with an immediate. */
function bitGroup(d: Decoder, size: number): void {
  if (d.reg < 4) {
    d.undefined();
    return;
  }
  const operationNumber = d.reg - 4;
  d.lockable = d.inMemory && operationNumber !== BIT_TEST;
  d.handler('HANDLER', 'bitTestImmediate', size, d.byte() | (operationNumber << 8));
}

/** MOVZX and MOVSX. */
function widen(d: Decoder, opcode: number): void {
  const from = (opcode & 1) === 0 ? 8 : 16;
  const kind = opcode < 0xb8 ? 'ZX' : 'SX';
  const size = d.operandSize;
  if (size === 2 && d.inMemory) d.memory(`LOAD${kind}${from}`, d.reg);
  else if (size === 2) d.emit(operation(`MOV${kind}32_${from}`), d.reg, d.place(d.rm, from === 8 ? 0 : 1));
  else if (from === 8) d.emit(operation(`MOV${kind}16_8`), d.place(d.reg, 1), d.operand(0));
  else d.emit(operation('MOV16R'), d.place(d.reg, 1), d.operand(1));
}
