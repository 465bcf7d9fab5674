import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { FILE_CONTENTS, FILE_NAME } from '../../conformance/fw-cfg/cases';
import { fwCfgReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { programParameters } from '../../helpers/replay';
import { FILE_DIRECTORY, fwCfgPorts, fwCfgPrograms, readFiles } from './programs';

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
