import {
  Effect,
  type Explained,
  NOTHING,
  type PortDeviation,
  portDeviation,
  probeFrom,
} from '../../helpers/device-program/deviation';
import { input, output, type Program, type Step } from '../../helpers/device-program/steps';
import type { PicPair } from '../../reference/pic/pic';

const EVERYTHING: Explained = { value: 0xff, interrupt: 3 };

const raise = (line: number): Step => ({ kind: 'input', line, level: true });
const lower = (line: number): Step => ({ kind: 'input', line, level: false });
const INITIALIZED: Program = [output(0x20, 0x11), output(0x21, 0x20), output(0x21, 0x04), output(0x21, 0x01)];

const probe = probeFrom(INITIALIZED);

/** Where QEMU 7.2's 8259A answers otherwise than the data sheet. */
export const PIC_DEVIATIONS: readonly PortDeviation<PicPair>[] = [
  portDeviation({
    device: 'pic',
    id: 'edge-withdrawn',
    what: 'An edge-triggered line that drops before its request is acknowledged',
    qemu: 'the request stays',
    ours: 'the request goes; an acknowledge that is under way gets IR7',
    why: 'A driver that has served its device by polling must not get an interrupt for it',
    clause:
      '[8259A] Edge and Level Triggered Modes: "the IR inputs must remain high until after the falling edge of the first INTA"',
    effect: Effect.State,
    probe: probe(0x00, 0x20, raise(5), lower(5), input(0x20)),
    explains: ({ after }) => (after.master.withdrawals + after.slave.withdrawals > 0 ? EVERYTHING : NOTHING),
  }),
  portDeviation({
    device: 'pic',
    id: 'high-at-icw1',
    what: 'An edge-triggered input that was high at ICW1, stays high and is reported high again',
    qemu: 'requests',
    ours: 'does not request before it has fallen and risen',
    why: 'A new report of an old level is not an edge; the slave reports its output with every change',
    clause:
      '[8259A] ICW1: "an interrupt request (IR) input must make a low-to-high transition to generate an interrupt"',
    effect: Effect.State,
    probe: probe(0x00, 0x20, raise(5), ...INITIALIZED, raise(5), input(0x20)),
    explains: ({ after }) => (after.master.repetitions + after.slave.repetitions > 0 ? EVERYTHING : NOTHING),
  }),
  portDeviation({
    device: 'pic',
    id: 'auto-eoi-output',
    what: 'INT at an acknowledge with automatic EOI while another request waits',
    qemu: 'stays high; a slave so loses its next request, because the master sees no edge',
    ours: 'low from the first to the last INTA pulse, then high',
    why: 'Else two requests of a slave give one interrupt',
    clause:
      '[8259A] Automatic End of Interrupt: the non-specific EOI comes "at the trailing edge of the last interrupt acknowledge pulse"',
    effect: Effect.State,
    probe: probe(
      0x04,
      0x00,
      ...[output(0xa0, 0x11), output(0xa1, 0x28), output(0xa1, 0x02), output(0xa1, 0x03), raise(8), raise(9)],
      ...[output(0x20, 0x0c), input(0x20), output(0xa0, 0x0c), input(0xa0), input(0x20)],
    ),
    explains: ({ after }) => (after.master.reassertions + after.slave.reassertions > 0 ? EVERYTHING : NOTHING),
  }),
  portDeviation({
    device: 'pic',
    id: 'special-mask-eoi',
    what: 'A non-specific EOI in special mask mode while the level in service is masked',
    qemu: 'ends it',
    ours: 'does not end it',
    why: 'The handler has masked itself to stay in service',
    clause:
      '[8259A] End of Interrupt: "an IS bit that is masked by an IMR bit will not be cleared by a non-specific EOI if the 8259A is in the Special Mask Mode"',
    effect: Effect.State,
    probe: probe(
      0x08,
      0x00,
      ...[raise(3), output(0x20, 0x0c), input(0x20), output(0x20, 0x6b), output(0x21, 0x08)],
      ...[output(0x20, 0x20), input(0x20)],
    ),
    explains: ({ after }) => (after.master.keptInService + after.slave.keptInService > 0 ? EVERYTHING : NOTHING),
  }),
];
