import {
  ANSWER_DEFERRED,
  ANSWER_DONE,
  ANSWER_FORWARD,
  ANSWER_NONE,
  ANSWER_UNCLAIMED,
  DIRECTION_READ,
  REASON_ACCESS,
  REASON_BOOT,
  REASON_EVENT,
  REASON_TIMER,
} from '../hypervisor/abi/frame';
import { START_INFO } from '../hypervisor/abi/layout';
import { INFO_DEVICES, INFO_FORWARD } from '../hypervisor/abi/start-info';
import { bootDevices, deliverEvents, fireTimers, readDevice, writeDevice } from './bus';
import { Frame } from './contract/frame';
import { stringAccess } from './string-io';

/**
 * The firmware's one entry point.
 *
 * @param frame guest-physical address of the frame: request in, answer out (`hypervisor/abi/frame.ts`)
 */
export function enter(frame: usize): void {
  const request = changetype<Frame>(frame);
  switch (request.reason) {
    case REASON_ACCESS:
      request.answer = serve(request);
      return;
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
}

function serve(request: Frame): u32 {
  const device: u32 = 1 << request.device;
  if ((load<u32>(START_INFO + INFO_FORWARD) & device) != 0) return ANSWER_FORWARD;
  if ((load<u32>(START_INFO + INFO_DEVICES) & device) == 0) return ANSWER_UNCLAIMED;
  if (request.runCount != 0) stringAccess(request);
  else access(request);
  return request.answer == ANSWER_DEFERRED ? ANSWER_DEFERRED : ANSWER_DONE;
}

function access(request: Frame): void {
  if (request.direction == DIRECTION_READ) request.value = readDevice(request, request.address, request.width);
  else writeDevice(request, request.address, request.width, request.value);
  request.done = 1;
}
