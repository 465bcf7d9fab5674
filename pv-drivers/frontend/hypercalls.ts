import { STATUS_OK } from '../../hypervisor/abi/hypercalls';
import { EVENT_BATCH } from '../../hypervisor/abi/layout';

/** The one hypercall that front-ends make; numbers and meanings stand in `hypervisor/abi/hypercalls.ts`. */

// @ts-expect-error: decorator
@external('hypercall', 'event_send')
declare function sendNow(port: u32): u32;

/** Notify the peer of event channel `port`: at once, or with the others when the firmware returns. */
export function eventSend(port: u32): u32 {
  const batch: usize = load<u32>(EVENT_BATCH);
  if (batch == 0) return sendNow(port);
  store<u32>(batch, load<u32>(batch) | (<u32>1 << port));
  return STATUS_OK;
}
