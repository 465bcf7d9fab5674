import { describe } from 'vitest';
import { findQemu } from '../../../experiments/emulators/find-qemu';

export { findQemu };

/** True where a missing QEMU is an error and not a reason to skip: CI sets SELFIO_REQUIRE_QEMU=1. */
export function qemuIsRequired(): boolean {
  return process.env.SELFIO_REQUIRE_QEMU === '1';
}

/**
 * A describe block that needs QEMU. Without one it says so on standard error and skips, or fails when
 * `SELFIO_REQUIRE_QEMU=1`, so that CI can never pass by not having looked.
 */
export function describeWithQemu(name: string, body: (qemu: string) => void): void {
  const qemu = findQemu();
  if (qemu !== undefined) {
    describe(name, () => body(qemu));
    return;
  }
  const advice = 'No QEMU with the qtest accelerator (apt-get install qemu-system-xen, or set SELFIO_QEMU)';
  if (qemuIsRequired()) {
    throw new Error(`${advice}, and SELFIO_REQUIRE_QEMU=1 forbids skipping "${name}"`);
  }
  process.stderr.write(`\n*** SKIPPED: "${name}" was NOT compared with QEMU. ${advice}. ***\n\n`);
  describe.skip(`${name} [skipped: ${advice}]`, () => body(''));
}
