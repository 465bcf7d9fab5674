import { join } from 'node:path';
import { type PackageName, PackageStore, type Progress } from './packages';

/** What a recipe may use while it makes a guest. */
export class Build {
  /** Versions of all packages used so far. */
  readonly versions: Record<PackageName, string> = {};
  private readonly store: PackageStore;

  constructor(
    cache: string,
    /** Directory for intermediate files, removed afterwards. */
    readonly scratch: string,
    readonly progress: Progress,
  ) {
    this.store = new PackageStore(cache, progress);
  }

  /** Unpack packages into one tree in the scratch directory and return its path. */
  unpack(tree: string, ...names: PackageName[]): string {
    const root = join(this.scratch, tree);
    Object.assign(this.versions, this.store.unpack(names, root));
    return root;
  }

  /** Unpack packages with the shared libraries their programs need. */
  unpackTools(tree: string, ...names: PackageName[]): string {
    const libraries = new Set(names.flatMap((name) => this.store.librariesOf(name)));
    return this.unpack(tree, ...libraries, ...names);
  }

  dependenciesOf(name: PackageName): PackageName[] {
    return this.store.dependenciesOf(name);
  }
}

/** How one guest's files are made. */
export interface Recipe {
  /** Raise it when the recipe makes something else from the same packages: cached results of older ones are made anew. */
  readonly revision: number;
  /** Write the guest's files, under the names in the catalogue, into `output`. */
  make(build: Build, output: string): void;
}
