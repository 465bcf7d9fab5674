import { afterEach, expect, it, vi } from 'vitest';
import { tour } from '../../../experiments/commands/tour';

vi.mock('../../../experiments/emulators/find-qemu', () => ({ findQemu: () => undefined }));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the tour says when it is to run against QEMU. */
async function complaint(): Promise<unknown> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return tour(['--placement', 'ide=qemu']).catch((error: unknown) => error);
}

it('--placement ide=qemu without a QEMU is refused in one line that says what to install', async () => {
  vi.stubEnv('SELFIO_QEMU', undefined);
  expect(await complaint()).toMatchObject({
    name: 'UsageError',
    message: expect.stringMatching(/^--placement qemu: there is no QEMU [^\n]*install qemu-system-xen[^\n]*$/),
  });
});

it('and with one that cannot be used, in one line that names it', async () => {
  vi.stubEnv('SELFIO_QEMU', '/nowhere/qemu');
  expect(await complaint()).toMatchObject({
    name: 'UsageError',
    message: '--placement qemu: SELFIO_QEMU=/nowhere/qemu is no QEMU with the qtest accelerator; name another',
  });
});
