import {
  FRAME_DEVICE,
  FRAME_DONE,
  FRAME_HOST,
  FRAME_INTERRUPT,
  FRAME_RUNS,
  FRAME_TIME,
  FRAME_VALUE,
} from '../../hypervisor/abi/frame';
import { Clock } from './handles';

/** The frame through which this entry came, field by field as `hypervisor/abi/frame.ts` lays it out. */
@unmanaged
export class Frame {
  reason: u32;
  answer: u32;
  time: u64;
  space: u32;
  direction: u32;
  address: u32;
  width: u32;
  value: u32;
  count: u32;
  done: u32;
  runCount: u32;
  flags: u32;
  pending: u32;
  device: u32;
  notify: u32;
  interrupt: u32;
  /** HOST_* bits. */
  host: u32;
}

/** The clock of this entry: where a device's clock points until the next one. */
export function frameClock(frame: Frame): Clock {
  return changetype<Clock>(changetype<usize>(frame) + FRAME_TIME);
}

/** Guest-physical address of run `index` of string I/O. */
export function runAddress(frame: Frame, index: u32): usize {
  return load<u32>(changetype<usize>(frame) + FRAME_RUNS + (index << 3));
}

/** Length in bytes of run `index` of string I/O. */
export function runBytes(frame: Frame, index: u32): u32 {
  return load<u32>(changetype<usize>(frame) + FRAME_RUNS + (index << 3) + 4);
}

if (
  offsetof<Frame>('time') != FRAME_TIME ||
  offsetof<Frame>('value') != FRAME_VALUE ||
  offsetof<Frame>('done') != FRAME_DONE ||
  offsetof<Frame>('device') != FRAME_DEVICE ||
  offsetof<Frame>('interrupt') != FRAME_INTERRUPT ||
  offsetof<Frame>('host') != FRAME_HOST
) {
  ERROR('class Frame does not match hypervisor/abi/frame.ts');
}
