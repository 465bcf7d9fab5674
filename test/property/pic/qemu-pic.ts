import type { QemuBench } from '../../helpers/device-program/qemu-runner';
import type { Step } from '../../helpers/device-program/steps';
import type { QtestClient } from '../../helpers/qtest/qtest-client';

const ROOT = '/machine/unattached';
const MASTER_PORT = 0x20;
const SLAVE_PORT = 0xa0;

interface QomEntry {
  readonly name: string;
  readonly type: string;
}

/** QOM path of the 8259A at this port. */
async function findChip(client: QtestClient, port: number): Promise<string> {
  const entries = (await client.qmp('qom-list', { path: ROOT })) as readonly QomEntry[];
  for (const { name } of entries.filter(({ type }) => type === 'child<isa-i8259>')) {
    const path = `${ROOT}/${name}`;
    if ((await client.qmp('qom-get', { path, property: 'iobase' })) === port) {
      return path;
    }
  }
  throw new Error(`QEMU has no 8259A at port ${port.toString(16)}h`);
}

/** QEMU's two 8259A: their inputs are driven by name, the master's output is watched. */
export class QemuPicBench implements QemuBench {
  readonly machine = ['-machine', 'pc', '-m', '16'];
  private master = '';
  private slave = '';

  async prepare(client: QtestClient): Promise<void> {
    this.master = await findChip(client, MASTER_PORT);
    this.slave = await findChip(client, SLAVE_PORT);
  }

  get intercept(): QemuBench['intercept'] {
    return { path: this.master, side: 'out', lines: [0] };
  }

  /** Inputs keep their levels over a reset; the timer's is left as QEMU's other devices put it. */
  get prologue(): readonly string[] {
    return [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((line) => this.input(line, false));
  }

  translate(step: Step): readonly string[] | undefined {
    return step.kind === 'input' ? [this.input(step.line, step.level)] : undefined;
  }

  private input(line: number, level: boolean): string {
    const chip = line < 8 ? this.master : this.slave;
    return `set_irq_in ${chip} unnamed-gpio-in ${line & 7} ${level ? 1 : 0}`;
  }
}
