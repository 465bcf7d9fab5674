import { BlockFrontend, blockFrontend } from '../../../pv-drivers/frontend/block';
import { ConsoleFrontend, consoleFrontend } from '../../../pv-drivers/frontend/console';

/** The front-ends' methods as exports, so that tests can call the compiled code from outside. */

export function blockConnect(index: u32, port: u32): void {
  blockFrontend(index).connect(index, port);
}

export function blockBegin(index: u32, operation: u32, sectorLow: u32, sectorHigh: u32): bool {
  return blockFrontend(index).begin(operation, ((<u64>sectorHigh) << 32) | <u64>sectorLow);
}

export function blockAddSegment(index: u32, address: u32, bytes: u32): bool {
  return blockFrontend(index).addSegment(address, bytes);
}

export function blockSubmit(index: u32, tag: u32): bool {
  return blockFrontend(index).submit(tag);
}

export function blockCancel(index: u32): void {
  blockFrontend(index).cancel();
}

export function blockTransfer(index: u32, op: u32, sector: u32, address: u32, sectors: u32, tag: u32): bool {
  return blockFrontend(index).transfer(op, <u64>sector, address, sectors, tag);
}

export function blockFlush(index: u32, tag: u32): bool {
  return blockFrontend(index).flush(tag);
}

export function blockPoll(index: u32): bool {
  return blockFrontend(index).poll();
}

export function blockTag(index: u32): u32 {
  return blockFrontend(index).tag;
}

export function blockStatus(index: u32): i32 {
  return blockFrontend(index).status;
}

export function blockInFlight(index: u32): u32 {
  return blockFrontend(index).inFlight;
}

export function blockAbandon(index: u32): void {
  blockFrontend(index).abandon();
}

export function blockBroken(index: u32): bool {
  return blockFrontend(index).broken;
}

export function consoleConnect(index: u32, port: u32): void {
  consoleFrontend(index).connect(index, port);
}

export function consoleWrite(index: u32, byte: u32): bool {
  return consoleFrontend(index).write(byte);
}

export function consoleRead(index: u32): i32 {
  return consoleFrontend(index).read();
}

export function consoleOutputSpace(index: u32): u32 {
  return consoleFrontend(index).outputSpace;
}

export function consoleInputAvailable(index: u32): u32 {
  return consoleFrontend(index).inputAvailable;
}

export function consoleNotify(index: u32): void {
  consoleFrontend(index).notify();
}

export function consoleBroken(index: u32): bool {
  return consoleFrontend(index).broken;
}

/** Continue a freshly connected ring at another index, as if so many requests had come and gone. */
export function blockMoveIndices(index: u32, value: u32): void {
  const state = changetype<usize>(blockFrontend(index));
  store<u32>(state, value, offsetof<BlockFrontend>('requestsWritten'));
  store<u32>(state, value, offsetof<BlockFrontend>('requestsPushed'));
  store<u32>(state, value, offsetof<BlockFrontend>('responsesTaken'));
}

export function consoleMoveIndices(index: u32, value: u32): void {
  const state = changetype<usize>(consoleFrontend(index));
  store<u32>(state, value, offsetof<ConsoleFrontend>('outProduced'));
  store<u32>(state, value, offsetof<ConsoleFrontend>('inConsumed'));
}
