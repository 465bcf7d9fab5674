import {
  ANSWER_DEFERRED,
  ANSWER_DONE,
  ANSWER_FORWARD,
  ANSWER_NONE,
  ANSWER_UNCLAIMED,
  DIRECTION_READ,
  FRAME_NOTIFY,
  HOST_NOTIFY_ON_RESUME,
  REASON_ACCESS,
  REASON_BOOT,
  REASON_EVENT,
  REASON_TIMER,
} from '../hypervisor/abi/frame';
import { EVENT_BATCH, FRAME_VCPU0, START_INFO } from '../hypervisor/abi/layout';
import { INFO_DEVICES, INFO_FORWARD } from '../hypervisor/abi/start-info';
import { bootDevices, deliverEvents, fireTimers, readDevice, writeDevice } from './bus';
import { Frame } from './contract/frame';
import { publishShadow } from './shadow';
import { stringAccess } from './string-io';

/**
 * The firmware's one entry point.
 *
 * @param frame guest-physical address of the frame: request in, answer out (`hypervisor/abi/frame.ts`)
 */
export function enter(frame: usize): void {
  const request = changetype<Frame>(frame);
  store<u32>(EVENT_BATCH, (request.host & HOST_NOTIFY_ON_RESUME) != 0 ? <u32>frame + FRAME_NOTIFY : 0);
  switch (request.reason) {
    case REASON_ACCESS:
      request.answer = serve(request);
      break;
    case REASON_EVENT:
      deliverEvents(request);
      break;
    case REASON_TIMER:
      fireTimers(request);
      break;
    case REASON_BOOT:
      bootDevices(request);
      break;
  }
  if (request.answer == ANSWER_NONE) request.answer = ANSWER_DONE;
  publishShadow(request);
}

function serve(request: Frame): u32 {
  const device: u32 = 1 << request.device;
  if (forwards(request, device)) return ANSWER_FORWARD;
  if ((load<u32>(START_INFO + INFO_DEVICES) & device) == 0) return ANSWER_UNCLAIMED;
  if (request.runCount != 0) stringAccess(request);
  else access(request);
  return request.answer == ANSWER_DEFERRED ? ANSWER_DEFERRED : ANSWER_DONE;
}

/** Only inside the guest: the emulator that the access is handed to may be this very binary, on the same state. */
function forwards(request: Frame, device: u32): bool {
  if (changetype<usize>(request) != FRAME_VCPU0) return false;
  return (load<u32>(START_INFO + INFO_FORWARD) & device) != 0;
}

function access(request: Frame): void {
  if (request.direction == DIRECTION_READ) request.value = readDevice(request, request.address, request.width);
  else writeDevice(request, request.address, request.width, request.value);
  request.done = 1;
}
