import { SPACE_MEMORY, SPACE_PORT } from '../abi/frame';
import { IOREQ_TYPE_COPY, STATE_IOREQ_INPROCESS, STATE_IOREQ_READY, STATE_IORESP_READY } from '../abi/ioreq';
import { Exit, type VmExit } from '../abi/vcpu';
import type { InterceptMap } from '../trap/intercept-map';
import { DEFERRED, type IoServer } from './io-server';
import type { IoreqPage, PostedRing } from './ioreq-page';

/**
 * An out-of-guest process that emulates devices: domain 0's ioemu, a stub domain, or a user process of the host. It knows of an
 * access what the ioreq says, hence looks up by itself which of its devices decodes the address.
 *
 * What emulates in the process is a server of its own: the firmware binary, or an emulator of another make.
 */
export class DeviceProcess {
  /** The string instruction that an ioreq describes, as a server takes it. */
  private readonly exit: VmExit = {
    reason: Exit.PORT_READ,
    address: 0,
    width: 0,
    value: 0,
    string: true,
    count: 0,
    runs: new Uint32Array(2),
    runCount: 1,
    descending: false,
  };

  /** The answer to a request that `serve` left open is in the ioreq. */
  onCompleted: () => void = () => {};

  /**
   * @param hosted the server for a device
   * @param firmware whoever takes events and firmware timers
   */
  constructor(
    private readonly ioreq: IoreqPage,
    private readonly posted: PostedRing,
    private readonly intercepts: InterceptMap,
    private readonly hosted: (device: number) => IoServer,
    private readonly firmware: IoServer,
  ) {}

  /** The event for an ioreq has come: take it and answer it, unless the answer is to come later (`complete`). */
  serve(): void {
    const { ioreq } = this;
    if (ioreq.state !== STATE_IOREQ_READY) return;
    ioreq.state = STATE_IOREQ_INPROCESS;
    this.drainPosted();
    if (ioreq.indirect) this.serveString();
    else if (ioreq.reads) this.serveRead();
    else this.serveWrite();
  }

  /** Posted writes come before anything else that the process does, so that nobody can tell that they waited. */
  drainPosted(): void {
    if (this.posted.pending === 0) return;
    this.posted.drain((type, address, width, value) => {
      const device = this.deviceAt(type, address);
      this.hosted(device).write(device, spaceOf(type), address, width, value);
    });
  }

  event(pending: number): void {
    this.drainPosted();
    this.firmware.event(pending);
  }

  timer(due: number): void {
    this.drainPosted();
    this.firmware.timer(due);
  }

  /** The request that was left open is done. */
  finish(value: number, done: number): void {
    if (this.ioreq.state !== STATE_IOREQ_INPROCESS) return;
    this.complete(value, done);
    this.onCompleted();
  }

  private complete(value: number, done: number): void {
    this.ioreq.respond(value, done);
    this.ioreq.state = STATE_IORESP_READY;
  }

  private serveRead(): void {
    const { address, width, type } = this.ioreq;
    const device = this.deviceAt(type, address);
    const value = this.hosted(device).read(device, spaceOf(type), address, width);
    if (value !== DEFERRED) this.complete(value, 1);
  }

  private serveWrite(): void {
    const { address, width, data, type } = this.ioreq;
    const device = this.deviceAt(type, address);
    if (!this.hosted(device).write(device, spaceOf(type), address, width, data)) this.complete(data, 1);
  }

  /** The data pointer names the first element; with DF set the others lie below it. */
  private serveString(): void {
    const { exit, ioreq } = this;
    const { address, width, count, data, descending } = ioreq;
    exit.reason = ioreq.reads ? Exit.PORT_READ : Exit.PORT_WRITE;
    exit.address = address;
    exit.width = width;
    exit.count = count;
    exit.descending = descending;
    exit.runs[0] = descending ? data - (count - 1) * width : data;
    exit.runs[1] = count * width;
    const device = this.deviceAt(ioreq.type, address);
    const done = this.hosted(device).string(device, exit, count);
    if (done !== DEFERRED) this.complete(0, done);
  }

  private deviceAt(type: number, address: number): number {
    return type === IOREQ_TYPE_COPY ? this.intercepts.deviceAt(address) : this.intercepts.ports[address & 0xffff]!;
  }
}

function spaceOf(type: number): number {
  return type === IOREQ_TYPE_COPY ? SPACE_MEMORY : SPACE_PORT;
}
