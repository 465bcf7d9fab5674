import type { VirtualClock } from '../time/clock';

/**
 * How far the string I/O under way has come, in elements. When something happens in its midst, the time of the elements before it
 * passes first: a guest must not tell from when things happen how many elements one exit carried.
 */
export class StringProgress {
  /** Elements of the last string I/O whose time has passed already. */
  charged = 0;
  private underWay = false;
  /** Elements that earlier requests to an out-of-guest process moved. */
  private before = 0;

  constructor(private readonly clock: VirtualClock) {}

  begin(): void {
    this.before = 0;
    this.charged = 0;
    this.underWay = true;
  }

  end(): void {
    this.underWay = false;
  }

  /** A request to an out-of-guest process is done, `count` elements of the string after its beginning; another one follows. */
  requestDone(count: number): void {
    this.before = count;
    this.charge(count);
  }

  /** A device model makes something happen; the request under way has moved `done` elements. */
  happening(done: number): void {
    if (this.underWay) this.charge(this.before + done);
  }

  private charge(count: number): void {
    this.clock.retire(count - this.charged);
    this.charged = count;
  }
}
