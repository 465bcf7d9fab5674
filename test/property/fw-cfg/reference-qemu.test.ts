import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { FILE_CONTENTS, FILE_NAME } from '../../conformance/fw-cfg/cases';
import { fwCfgReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { input, type Observations, output, PER_STEP } from '../../helpers/device-program/steps';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import type { FwCfgFile } from '../../reference/fw-cfg/fw-cfg';
import { fwCfgPorts, fwCfgPrograms } from './programs';

const FILE_DIRECTORY = 0x19;
const ENTRY_BYTES = 64;

/** Reads `count` bytes of an item. */
async function readItem(qemu: QemuRunner, key: number, count: number): Promise<Uint8Array> {
  const seen: Observations = await qemu.run([output(0x510, key, 2), ...new Array(count).fill(input(0x511))]);
  return Uint8Array.from({ length: count }, (_, index) => seen[(index + 1) * PER_STEP]!);
}

/** QEMU's files, so that the reference can have the same under the same keys. */
async function readFiles(qemu: QemuRunner): Promise<FwCfgFile[]> {
  const count = new DataView((await readItem(qemu, FILE_DIRECTORY, 4)).buffer).getUint32(0);
  const directory = new DataView((await readItem(qemu, FILE_DIRECTORY, 4 + count * ENTRY_BYTES)).buffer);
  const files: FwCfgFile[] = [];
  for (let entry = 4; entry < directory.byteLength; entry += ENTRY_BYTES) {
    const name = String.fromCharCode(...new Uint8Array(directory.buffer, entry + 8, 56)).replace(/\0.*$/s, '');
    const key = directory.getUint16(entry + 4);
    files[key - 0x20] = { name, contents: await readItem(qemu, key, directory.getUint32(entry)) };
  }
  return files;
}

describeWithQemu('fw_cfg: reference against QEMU', (binary) => {
  const directory = mkdtempSync(join(tmpdir(), 'selfio-fw-cfg-'));
  let qemu: QemuRunner;

  beforeAll(async () => {
    const path = join(directory, 'contents');
    writeFileSync(path, FILE_CONTENTS);
    qemu = await QemuRunner.start(binary, {
      machine: ['-machine', 'pc', '-m', '16', '-fw_cfg', `name=${FILE_NAME},file=${path}`],
      intercept: { path: 'ioapic', side: 'in', lines: [] },
    });
  });
  afterAll(async () => {
    await qemu.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('agree on every program', async () => {
    const files = await readFiles(qemu);
    const fileKey = 0x20 + files.findIndex(({ name }) => name === FILE_NAME);
    const reference = new DirectRunner(fwCfgReference(files));
    await fc.assert(
      fc.asyncProperty(fwCfgPrograms([0, 1, FILE_DIRECTORY, fileKey]), (program) =>
        expectAgreement(program, reference, qemu, fwCfgPorts),
      ),
      programParameters(200),
    );
  });
});
