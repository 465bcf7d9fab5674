import { Channel } from './channel';
import { pieceDone, pieceFailed } from './dma';
import { drained, drainFailed, filled, fillFailed } from './pio';
import { Status } from './registers';
import { RequestState } from './request';
import { Phase } from './transfer';

/** The medium has done the channel's request, or failed at it. */
export function mediumDone(channel: Channel, succeeded: bool): void {
  channel.request.state = RequestState.IDLE;
  switch (channel.transfer.phase) {
    case Phase.PIO_IN:
    case Phase.VERIFY:
      if (succeeded) filled(channel);
      else fillFailed(channel);
      break;
    case Phase.PIO_OUT:
      if (succeeded) drained(channel);
      else drainFailed(channel);
      break;
    case Phase.DMA_IN:
    case Phase.DMA_OUT:
      if (succeeded) pieceDone(channel);
      else pieceFailed(channel);
      break;
    case Phase.FLUSH:
      if (succeeded) channel.complete(channel.transfer.drive, Status.READY);
      else channel.abort(channel.transfer.drive);
      break;
  }
}
