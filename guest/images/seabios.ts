import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './recipe';

/** SeaBIOS as packaged for QEMU: the 128 KiB build (no Xen, no USB) and the 256 KiB build with everything. */
export const seabios: Recipe = {
  revision: 1,
  make(kitchen, output) {
    const tree = kitchen.unpack('packages', 'seabios');
    for (const file of ['bios.bin', 'bios-256k.bin']) {
      copyFileSync(join(tree, 'usr/share/seabios', file), join(output, file));
    }
  },
};
