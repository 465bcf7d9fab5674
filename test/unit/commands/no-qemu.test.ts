import { expect, it, vi } from 'vitest';
import { tour } from '../../../experiments/commands/tour';

vi.mock('../../../experiments/emulators/find-qemu', () => ({ findQemu: () => undefined }));

it('--placement ide=qemu without a QEMU is refused in one line that says what to install', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await expect(tour(['--placement', 'ide=qemu'])).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringMatching(/^--placement qemu: there is no QEMU [^\n]*install qemu-system-xen[^\n]*$/),
  });
});
