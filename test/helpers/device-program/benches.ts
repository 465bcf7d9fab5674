import { PicPair } from '../../reference/pic/pic';
import { Pit8254 } from '../../reference/pit/pit';
import { Rtc146818 } from '../../reference/rtc/rtc';
import { BackPressure, UartModel, type UartOptions } from '../../reference/uart/registers';
import { TransmitterTiming } from '../../reference/uart/transmitter';
import { Uart16550 } from '../../reference/uart/uart';
import { ReferenceSubject, type ReferenceWiring } from './reference-subject';
import type { Stimulus } from './steps';

export const pitWiring: ReferenceWiring<Pit8254> = {
  name: 'reference',
  lines: [0],
  create: (environment) => new Pit8254(environment, 0),
};

/** A reference 8254 alone on a bench, with IRQ 0 as its interrupt. */
export const pitReference = (): ReferenceSubject<Pit8254> => new ReferenceSubject(pitWiring);

function stimulateUart(uart: Uart16550, stimulus: Stimulus): void {
  switch (stimulus.kind) {
    case 'character':
      uart.receive(stimulus.character);
      break;
    case 'modem':
      uart.setModemInputs(stimulus.inputs);
      break;
    case 'accepts':
      uart.setFarEndAccepts(stimulus.accepts);
      break;
    default:
      throw new Error(`a UART has no ${stimulus.kind}`);
  }
}

/** COM1: a 16550A that sends at once and blocks, unless told otherwise. */
export const uartWiring = (changes: Partial<UartOptions> = {}): ReferenceWiring<Uart16550> => ({
  name: 'reference',
  lines: [changes.irq ?? 4],
  create: (environment, sent) =>
    new Uart16550(
      environment,
      { transmit: (value) => sent.push(value) },
      {
        base: 0x3f8,
        irq: 4,
        model: UartModel.Ns16550A,
        timing: TransmitterTiming.Instant,
        backPressure: BackPressure.Blocking,
        ...changes,
      },
    ),
  stimulate: stimulateUart,
});

/** A reference UART alone on a bench. */
export const uartReference = (changes: Partial<UartOptions> = {}): ReferenceSubject<Uart16550> =>
  new ReferenceSubject(uartWiring(changes));

/** The reference pair of 8259A; its interrupt is the processor's INTR. */
class PicSubject extends ReferenceSubject<PicPair> {
  constructor() {
    super({
      name: 'reference',
      lines: [0],
      create: (environment) => new PicPair((level) => environment.setIrq(0, level)),
      stimulate: (pic, stimulus) => {
        if (stimulus.kind !== 'input') {
          throw new Error(`an interrupt controller has no ${stimulus.kind}`);
        }
        pic.setLine(stimulus.line, stimulus.level);
      },
    });
  }

  /** With all inputs low. */
  override reset(): void {
    for (let line = 0; line < 16; line++) {
      this.device.setLine(line, false);
    }
    super.reset();
  }

  acknowledge(): number {
    return this.device.acknowledge();
  }
}

export const picReference = (): ReferenceSubject<PicPair> => new PicSubject();

export const rtcWiring: ReferenceWiring<Rtc146818> = {
  name: 'reference',
  lines: [8],
  create: (environment) => new Rtc146818(environment, 8),
};

/** A reference real-time clock alone on a bench. */
export const rtcReference = (): ReferenceSubject<Rtc146818> => new ReferenceSubject(rtcWiring);
