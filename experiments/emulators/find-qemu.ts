import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Where a QEMU with the qtest accelerator may be. Debian builds its ordinary system emulator without it; the one
 * packaged for Xen (package qemu-system-xen) keeps it and needs no Xen.
 */
const USUAL_PLACES = [
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

/** Path of the first QEMU that speaks qtest, or `undefined`; only the one in the environment variable SELFIO_QEMU, if it is set. Probed once. */
export function findQemu(): string | undefined {
  if (found === undefined) {
    const candidates = process.env.SELFIO_QEMU ? [process.env.SELFIO_QEMU] : USUAL_PLACES;
    found = candidates.find((path) => existsSync(path) && hasQtest(path)) ?? null;
  }
  return found ?? undefined;
}
