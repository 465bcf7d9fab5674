import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageName } from './packages';
import type { Recipe } from './recipe';

/**
 * A guest that stands ready in a package.
 * @param files names in the catalogue and paths in the package
 */
export function packaged(name: PackageName, files: Readonly<Record<string, string>>): Recipe {
  return {
    revision: 1,
    make(build, output) {
      const tree = build.unpack('package', name);
      for (const [file, path] of Object.entries(files)) copyFileSync(join(tree, path), join(output, file));
    },
  };
}
