import { FwCfg, type FwCfgFile } from '../../reference/fw-cfg/fw-cfg';
import { Hpet } from '../../reference/hpet/hpet';
import { KeyboardController } from '../../reference/i8042/i8042';
import { PicPair } from '../../reference/pic/pic';
import { Pit8254 } from '../../reference/pit/pit';
import { PowerManagement } from '../../reference/pm/pm';
import { Rtc146818 } from '../../reference/rtc/rtc';
import { BackPressure, UartModel, type UartOptions } from '../../reference/uart/registers';
import { TransmitterTiming } from '../../reference/uart/transmitter';
import { Uart16550 } from '../../reference/uart/uart';
import { ReferenceSubject, type ReferenceWiring } from './reference-subject';
import type { Stimulus, Width } from './steps';

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

export const hpetWiring: ReferenceWiring<Hpet> = {
  name: 'reference',
  lines: [0, 2, 8],
  create: (environment) => new Hpet(environment),
};

/**
 * A reference HPET alone on a bench: the lines of legacy replacement, 0 and 8, and line 2 between them.
 *
 * @param routes bit n: interrupts can be routed to line n; that is the machine's choice
 */
export const hpetReference = (routes?: number): ReferenceSubject<Hpet> =>
  new ReferenceSubject({ ...hpetWiring, create: (environment) => new Hpet(environment, routes) });

export const pmWiring: ReferenceWiring<PowerManagement> = {
  name: 'reference',
  lines: [9],
  create: (environment) => {
    // Nothing on a bench can sleep: it is awake again at once.
    const pm: PowerManagement = new PowerManagement(environment, 0x600, 9, () => pm.wake());
    return pm;
  },
};

/** Reference power management alone on a bench, at port 600h with the SCI on line 9. */
export const pmReference = (): ReferenceSubject<PowerManagement> => new ReferenceSubject(pmWiring);

const NO_BOARD = { setA20: () => {}, resetProcessor: () => {} };

/** A reference keyboard controller with its keyboard, on a board that takes no notice of its output port. */
export const keyboardReference = (): ReferenceSubject<KeyboardController> =>
  new ReferenceSubject({
    name: 'reference',
    lines: [1],
    create: (environment) => new KeyboardController(environment, NO_BOARD),
  });

/** Addresses from here up are guest memory, the others ports. */
const MEMORY_FROM = 0x1_0000;

/** A reference fw_cfg with guest memory, which accesses to addresses beyond the ports reach. */
class FwCfgSubject extends ReferenceSubject<FwCfg> {
  constructor(files: readonly FwCfgFile[]) {
    super({
      name: 'reference',
      lines: [],
      memoryBytes: 0x2_0000,
      create: (environment) => new FwCfg(environment, files),
    });
  }

  override read(address: number, width: Width): number {
    return address < MEMORY_FROM ? super.read(address, width) : this.view(address, width).reduceRight(join, 0);
  }

  override write(address: number, width: Width, value: number): void {
    if (address < MEMORY_FROM) {
      super.write(address, width, value);
      return;
    }
    this.view(address, width).forEach((_, lane, bytes) => {
      bytes[lane] = value >>> (8 * lane);
    });
  }

  private view(address: number, width: Width): Uint8Array {
    return this.memory.subarray(address, address + width);
  }
}

const join = (value: number, byte: number): number => value * 256 + byte;

export const fwCfgReference = (files: readonly FwCfgFile[]): ReferenceSubject<FwCfg> => new FwCfgSubject(files);
