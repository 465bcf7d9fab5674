import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/**
 * Where a QEMU with the qtest accelerator may be. Debian builds its ordinary system emulator without it; the one
 * packaged for Xen (package qemu-system-xen) keeps it and needs no Xen.
 */
const CANDIDATES = [
  process.env.SELFIO_QEMU,
  '/usr/libexec/xen-qemu-system-i386',
  '/usr/lib/xen/bin/qemu-system-i386',
  '/usr/bin/qemu-system-i386',
  '/usr/bin/qemu-system-x86_64',
];

/** Asks the binary itself: one built without qtest refuses the accelerator and exits with an error. */
function hasQtest(binary: string): boolean {
  const probe = spawnSync(
    binary,
    ['-accel', 'qtest', '-machine', 'none', '-nodefaults', '-display', 'none', '-monitor', 'stdio'],
    { input: 'quit\n', timeout: 20_000, encoding: 'utf8' },
  );
  return probe.status === 0;
}

let found: string | null | undefined;

/** Path of the first QEMU that speaks qtest, or `undefined`. Probed once per process. */
export function findQemu(): string | undefined {
  if (found === undefined) {
    found = CANDIDATES.find((path) => path !== undefined && existsSync(path) && hasQtest(path)) ?? null;
  }
  return found ?? undefined;
}

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
