import * as arithmetic from './arithmetic';
import * as bits from './bits';
import * as control from './control-registers';
import * as transfer from './control-transfer';
import { identify } from './cpuid';
import type { Handler } from './operands';
import * as port from './port-io';
import * as segmentation from './segmentation';
import * as stack from './stack';
import * as strings from './strings';
import * as system from './system';

/** Instructions that are executed by a function rather than in the loop; their position in this table is their number. */
const TABLE = {
  // arithmetic.ts
  multiply: arithmetic.multiply,
  multiplySigned: arithmetic.multiplySigned,
  multiplySigned16: arithmetic.multiplySigned16,
  multiplySigned16Immediate: arithmetic.multiplySigned16Immediate,
  divide: arithmetic.divide,
  divideSigned: arithmetic.divideSigned,
  shiftByImmediate: arithmetic.shiftByImmediate,
  shiftByCl: arithmetic.shiftByCl,
  shiftLeftDoubleImmediate: arithmetic.shiftLeftDoubleImmediate,
  shiftLeftDoubleCl: arithmetic.shiftLeftDoubleCl,
  shiftRightDoubleImmediate: arithmetic.shiftRightDoubleImmediate,
  shiftRightDoubleCl: arithmetic.shiftRightDoubleCl,
  exchange: arithmetic.exchange,
  exchangeAdd: arithmetic.exchangeAdd,
  compareExchange: arithmetic.compareExchange,
  compareExchange8: arithmetic.compareExchange8,
  // bits.ts
  bitTestRegister: bits.bitTestRegister,
  bitTestImmediate: bits.bitTestImmediate,
  bitScanForward: bits.bitScanForward,
  bitScanReverse: bits.bitScanReverse,
  byteSwap: bits.byteSwap,
  translateByte: bits.translateByte,
  loadFlagsIntoAh: bits.loadFlagsIntoAh,
  storeAhIntoFlags: bits.storeAhIntoFlags,
  setAlFromCarry: bits.setAlFromCarry,
  decimalAdjust: bits.decimalAdjust,
  asciiAdjust: bits.asciiAdjust,
  asciiAdjustAfterMultiply: bits.asciiAdjustAfterMultiply,
  asciiAdjustBeforeDivide: bits.asciiAdjustBeforeDivide,
  changeCarry: bits.changeCarry,
  convertAccumulator: bits.convertAccumulator,
  convertIntoData: bits.convertIntoData,
  adjustRequestedPrivilege: bits.adjustRequestedPrivilege,
  checkBounds: bits.checkBounds,
  // segmentation.ts
  moveToSegment: segmentation.moveToSegment,
  moveFromSegment: segmentation.moveFromSegment,
  loadFarPointer: segmentation.loadFarPointer,
  storeTable: segmentation.storeTable,
  loadTable: segmentation.loadTable,
  storeSystemSegment: segmentation.storeSystemSegment,
  loadLocalTable: segmentation.loadLocalTable,
  loadTaskRegister: segmentation.loadTaskRegister,
  verifyAccess: segmentation.verifyAccess,
  loadAccessRights: segmentation.loadAccessRights,
  loadSegmentLimit: segmentation.loadSegmentLimit,
  // stack.ts
  pushOperand: stack.pushOperand,
  pushImmediate: stack.pushImmediate,
  pushSegment: stack.pushSegment,
  popSegment: stack.popSegment,
  popRegister: stack.popRegister,
  popMemory: stack.popMemory,
  pushAll: stack.pushAll,
  popAll: stack.popAll,
  enterFrame: stack.enterFrame,
  leaveFrame: stack.leaveFrame,
  pushFlags: stack.pushFlags,
  popFlags: stack.popFlags,
  // control-registers.ts
  moveToControl: control.moveToControl,
  moveFromControl: control.moveFromControl,
  loadMachineStatus: control.loadMachineStatus,
  storeMachineStatus: control.storeMachineStatus,
  clearTaskSwitched: control.clearTaskSwitched,
  moveToDebug: control.moveToDebug,
  moveFromDebug: control.moveFromDebug,
  // control-transfer.ts
  callRelative: transfer.callRelative,
  callOperand: transfer.callOperand,
  jumpRelative: transfer.jumpRelative,
  jumpOperand: transfer.jumpOperand,
  returnNear: transfer.returnNear,
  loopRelative: transfer.loopRelative,
  jumpFarImmediate: transfer.jumpFarImmediate,
  jumpFarMemory: transfer.jumpFarMemory,
  callFarImmediate: transfer.callFarImmediate,
  callFarMemory: transfer.callFarMemory,
  returnFar: transfer.returnFar,
  interruptInstruction: transfer.interruptInstruction,
  breakpointInstruction: transfer.breakpointInstruction,
  debugInstruction: transfer.debugInstruction,
  interruptOnOverflow: transfer.interruptOnOverflow,
  interruptReturn: transfer.interruptReturn,
  // strings.ts
  moveString: strings.moveString,
  storeString: strings.storeString,
  loadString: strings.loadString,
  scanString: strings.scanString,
  compareString: strings.compareString,
  // port-io.ts
  portIn: port.portIn,
  portOut: port.portOut,
  portInString: port.portInString,
  portOutString: port.portOutString,
  // system.ts and cpuid.ts
  halt: system.halt,
  hypercall: system.hypercall,
  clearInterruptFlag: system.clearInterruptFlag,
  setInterruptFlag: system.setInterruptFlag,
  setDirection: system.setDirection,
  readTimestamp: system.readTimestamp,
  readMsr: system.readMsr,
  writeMsr: system.writeMsr,
  invalidatePage: system.invalidatePage,
  flushCaches: system.flushCaches,
  undefinedInstruction: system.undefinedInstruction,
  overlongInstruction: system.overlongInstruction,
  waitForUnit: system.waitForUnit,
  escapeToUnit: system.escapeToUnit,
  saveUnit: system.saveUnit,
  restoreUnit: system.restoreUnit,
  identify,
} satisfies Record<string, Handler>;

export type HandlerName = keyof typeof TABLE;

export const HANDLERS: readonly Handler[] = Object.values(TABLE);

const NUMBERS = new Map(Object.keys(TABLE).map((name, index) => [name, index]));

export function handlerNumber(name: HandlerName): number {
  return NUMBERS.get(name)!;
}
