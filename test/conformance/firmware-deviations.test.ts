import { beforeAll, describe, it } from 'vitest';
import { expectDeviation, type PortDeviation } from '../helpers/device-program/deviation';
import {
  hpetFirmware,
  pitFirmware,
  pmFirmware,
  rtcFirmware,
  uartFirmware,
} from '../helpers/device-program/firmware-benches';
import { type QemuBench, QemuRunner } from '../helpers/device-program/qemu-runner';
import { DirectRunner } from '../helpers/device-program/run';
import type { UnderTest } from '../helpers/device-program/steps';
import { firmwareModule } from '../helpers/firmware-device';
import { PicSubject } from '../helpers/firmware-subject';
import { describeWithQemu } from '../helpers/qtest/find-qemu';
import { HPET } from '../property/hpet/qemu-hpet';
import { QemuPicBench } from '../property/pic/qemu-pic';
import { RAW_QEMU_PIT } from '../property/pit/qemu-pit';
import { CLOCK } from '../property/rtc/qemu-rtc';
import { COM1 } from '../property/uart/qemu-uart';
import { HPET_DEVIATIONS } from './hpet/deviations';
import { PIC_DEVIATIONS } from './pic/deviations';
import { PIT_DEVIATIONS } from './pit/deviations';
import { PM_DEVIATIONS } from './pm/deviations';
import { PM } from './pm/qemu-pm';
import { RTC_DEVIATIONS } from './rtc/deviations';
import { UART_DEVIATIONS } from './uart/deviations';

/** Where a device of ours is put beside QEMU's. What the rows explain is for other suites; here their probes count. */
interface Bench {
  readonly rows: readonly Pick<PortDeviation<never>, 'device' | 'id' | 'probe'>[];
  readonly qemu: () => QemuBench;
  readonly ours: (firmware: WebAssembly.Module) => UnderTest;
}

const BENCHES: readonly Bench[] = [
  { rows: UART_DEVIATIONS, qemu: () => COM1, ours: uartFirmware },
  { rows: PIT_DEVIATIONS, qemu: () => RAW_QEMU_PIT, ours: pitFirmware },
  { rows: RTC_DEVIATIONS, qemu: () => CLOCK, ours: rtcFirmware },
  { rows: HPET_DEVIATIONS, qemu: () => HPET, ours: hpetFirmware },
  { rows: PM_DEVIATIONS, qemu: () => PM, ours: pmFirmware },
  { rows: PIC_DEVIATIONS, qemu: () => new QemuPicBench(), ours: () => new PicSubject() },
];

describeWithQemu("each deviation is the firmware's too", (binary) => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  describe.each(BENCHES)('$rows.0.device', ({ rows, qemu, ours }) => {
    it.each(rows)('$id', async (row) => {
      const fresh = await QemuRunner.start(binary, qemu());
      await expectDeviation(row, new DirectRunner(ours(module)), fresh).finally(() => fresh.close());
    });
  });
});
