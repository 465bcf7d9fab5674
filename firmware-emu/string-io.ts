import { DEVICE_DEBUG } from '../hypervisor/abi/devices';
import { DIRECTION_READ, FLAG_DESCENDING } from '../hypervisor/abi/frame';
import { readDevice, stringDevice, writeDevice } from './bus';
import { Frame, runAddress, runBytes } from './contract/frame';

/** Elements served in one entry at most, so that an entry is bounded; the guest re-executes the rest. */
const ELEMENT_LIMIT: u32 = 65536;

function loadElement(address: usize, width: u32): u32 {
  if (width == 1) return load<u8>(address);
  return width == 2 ? load<u16>(address) : load<u32>(address);
}

function storeElement(address: usize, width: u32, value: u32): void {
  if (width == 1) store<u8>(address, <u8>value);
  else if (width == 2) store<u16>(address, <u16>value);
  else store<u32>(address, value);
}

/**
 * String I/O: devices with a bulk path answer whole runs, the others one element an entry, since what they answer may depend on
 * the time and each element has its own.
 */
export function stringAccess(frame: Frame): void {
  if (stringDevice(frame)) return;
  moveElements(frame, frame.device == DEVICE_DEBUG ? min<u32>(frame.count, ELEMENT_LIMIT) : 1);
}

/** INS and OUTS one element at a time: the meaning of string I/O, which every bulk path must equal. */
function moveElements(frame: Frame, limit: u32): void {
  const width = frame.width;
  const descending = (frame.flags & FLAG_DESCENDING) != 0;
  let done: u32 = 0;
  for (let run: u32 = 0; run < frame.runCount && done < limit; run++) {
    const elements = min<u32>(runBytes(frame, run) / width, limit - done);
    const first = runAddress(frame, run) + (descending ? runBytes(frame, run) - width : 0);
    for (let index: u32 = 0; index < elements; index++, done++) {
      const address = descending ? first - index * width : first + index * width;
      if (frame.direction == DIRECTION_READ) storeElement(address, width, readDevice(frame, frame.address, width));
      else writeDevice(frame, frame.address, width, loadElement(address, width));
    }
  }
  frame.done = done;
}
