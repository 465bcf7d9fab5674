import { Exit, type VmExit } from '../abi/vcpu';
import type { GuestMemory } from '../memory/guest-memory';

/**
 * String I/O one element at a time against `read` and `write`, for devices that the hypervisor itself answers for.
 *
 * @param count elements to move at most
 * @returns elements moved
 */
export function moveElements(
  memory: GuestMemory,
  exit: VmExit,
  count: number,
  read: () => number,
  write: (value: number) => void,
): number {
  let done = 0;
  for (let run = 0; run < exit.runCount; run++) {
    const start = exit.runs[run * 2]!;
    const bytes = exit.runs[run * 2 + 1]!;
    for (let moved = 0; moved < bytes && done < count; moved += exit.width, done++) {
      const address = exit.descending ? start + bytes - moved - exit.width : start + moved;
      moveElement(memory.bytes, exit, address, read, write);
    }
  }
  return done;
}

function moveElement(
  bytes: Uint8Array,
  exit: VmExit,
  address: number,
  read: () => number,
  write: (value: number) => void,
): void {
  if (exit.reason === Exit.PORT_READ) {
    const value = read();
    for (let byte = 0; byte < exit.width; byte++) bytes[address + byte] = value >>> (byte * 8);
  } else {
    let value = 0;
    for (let byte = 0; byte < exit.width; byte++) value += bytes[address + byte]! * 2 ** (byte * 8);
    write(value);
  }
}
