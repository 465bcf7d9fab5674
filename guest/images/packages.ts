import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestError } from './errors';
import { run } from './process';

/** Takes one line of progress. */
export type Progress = (line: string) => void;

/** A package by name, or `name:architecture`. */
export type PackageName = string;

const KIB = 1024;

/** Packages whose library must be the running system's own, because its dynamic linker is. */
const SYSTEM_LIBRARIES = /^lib(c6|gcc-s1|crypt1)(:|$)/;

const DEPENDS_OPTIONS = [
  '--no-recommends',
  '--no-suggests',
  '--no-conflicts',
  '--no-breaks',
  '--no-replaces',
  '--no-enhances',
];

/** What apt would download. */
interface Candidate {
  /** File name, by which the store keeps it. */
  readonly file: string;
  readonly version: string;
  readonly bytes: number;
}

/**
 * Debian packages, fetched with `apt-get download` and unpacked with `dpkg -x`: nothing is installed.
 *
 * apt keeps its state in a directory of the cache instead of /var/lib/apt, for three reasons: it works without root, it
 * can know the i386 architecture without `dpkg --add-architecture` changing the system, and its package lists are as
 * new as the cache and not as old as the system's. The system's package sources and keys are used as they stand.
 */
export class PackageStore {
  private readonly state: string;
  private readonly debs: string;
  private readonly config: string;
  private prepared = false;
  private refreshed = false;

  constructor(
    cache: string,
    private readonly progress: Progress,
  ) {
    this.state = join(cache, 'apt');
    this.debs = join(cache, 'packages');
    this.config = join(this.state, 'apt.conf');
  }

  /**
   * Unpack packages, one over the other, into `directory`.
   * @returns the version of each
   * @throws GuestError when apt or a package is missing
   */
  unpack(names: readonly PackageName[], directory: string): Record<PackageName, string> {
    const versions: Record<PackageName, string> = {};
    for (const name of names) {
      const { file, version } = this.fetch(name);
      mkdirSync(directory, { recursive: true });
      run('dpkg', ['-x', file, directory]);
      versions[name] = version;
    }
    return versions;
  }

  /**
   * Shared libraries that a package's programs link to, as package names. They are fetched like the programs themselves, so
   * that a guest comes out the same whatever the system has installed.
   */
  librariesOf(name: PackageName): PackageName[] {
    this.find(name);
    const listing = this.apt('apt-cache', ['depends', '--recurse', ...DEPENDS_OPTIONS, name]);
    const native = listing.split('\n').filter((line) => /^lib[^:]*$/.test(line));
    return [...new Set(native)].filter((library) => !SYSTEM_LIBRARIES.test(library));
  }

  /** The packages that `name` depends on directly. */
  dependenciesOf(name: PackageName): PackageName[] {
    this.find(name);
    const listing = this.apt('apt-cache', ['depends', ...DEPENDS_OPTIONS, name]);
    return [...listing.matchAll(/^ +Depends: (\S+)$/gm)].map((match) => match[1]!);
  }

  private fetch(name: PackageName): { file: string; version: string } {
    const known = this.find(name);
    try {
      return this.fetchFile(name, known);
    } catch (error) {
      // The lists may name a version that the archive has replaced since.
      if (this.refreshed) throw error;
      this.refresh();
      return this.fetchFile(name, this.find(name));
    }
  }

  private fetchFile(name: PackageName, known: Candidate): { file: string; version: string } {
    const file = join(this.debs, known.file);
    if (!existsSync(file)) {
      this.progress(`download ${name} ${known.version}, ${Math.ceil(known.bytes / KIB)} KiB`);
      this.download(name, file);
    }
    return { file, version: known.version };
  }

  /** apt writes into a directory of its own, and only a whole package reaches the store: an interrupted download leaves none. */
  private download(name: PackageName, file: string): void {
    const partial = join(this.state, 'download');
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    this.apt('apt-get', ['-qq', 'download', name], partial);
    const [written] = readdirSync(partial);
    if (written === undefined) throw new GuestError(`apt-get download ${name} wrote no file`);
    renameSync(join(partial, written), file);
  }

  /** @throws GuestError when no package source has the package, even after the lists were fetched anew */
  private find(name: PackageName): Candidate {
    this.prepare();
    const known = this.locate(name);
    if (known !== undefined) return known;
    this.refresh();
    const refreshed = this.locate(name);
    if (refreshed === undefined) {
      throw new GuestError(`package ${name} is in none of the package sources of /etc/apt; those of Debian 12 have it`);
    }
    return refreshed;
  }

  private locate(name: PackageName): Candidate | undefined {
    if (!/^ {2}Candidate: (?!\(none\))/m.test(this.apt('apt-cache', ['policy', name]))) return undefined;
    const uri = this.apt('apt-get', ['-qq', 'download', '--print-uris', name]);
    const match = /^'[^']+' (\S+?_(\S+)_\S+\.deb) (\d+)/m.exec(uri);
    if (match === null) return undefined;
    return { file: match[1]!, version: decodeURIComponent(match[2]!), bytes: Number(match[3]) };
  }

  /** Write apt's configuration, whose paths are absolute, and the first time fetch the package lists. */
  private prepare(): void {
    if (this.prepared) return;
    run('apt-get', ['--version']);
    const native = run('dpkg', ['--print-architecture']).toString().trim();
    for (const directory of [this.debs, join(this.state, 'lists/partial'), join(this.state, 'archives/partial')]) {
      mkdirSync(directory, { recursive: true });
    }
    writeFileSync(join(this.state, 'status'), '');
    writeFileSync(this.config, aptConfiguration(this.state, native));
    this.prepared = true;
    const ready = join(this.state, 'ready');
    if (!existsSync(ready)) this.refresh();
    writeFileSync(ready, '');
  }

  private refresh(): void {
    if (this.refreshed) return;
    this.refreshed = true;
    this.progress('fetch the package lists (about 20 MiB)');
    // A source that cannot be reached is no error yet: the package may stand in another one.
    try {
      this.apt('apt-get', ['-qq', 'update']);
    } catch (error) {
      this.progress(`warning: ${(error as Error).message}`);
    }
  }

  private apt(tool: string, args: readonly string[], cwd?: string): string {
    const options = cwd === undefined ? {} : { cwd };
    return run(tool, [...args, '-c', this.config], options).toString();
  }
}

function aptConfiguration(state: string, native: string): string {
  const architectures = [...new Set([native, 'i386'])].map((name) => `"${name}";`).join(' ');
  return [
    `Dir::State "${state}";`,
    `Dir::State::lists "${state}/lists";`,
    // With no package installed, the candidate is always one that can be downloaded.
    `Dir::State::status "${state}/status";`,
    `Dir::Cache "${state}";`,
    `Dir::Cache::archives "${state}/archives";`,
    // Container images switch the index off and compress the lists, and each query then takes seconds.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    'Acquire::GzipIndexes "false";',
    '#clear APT::Architectures;',
    `APT::Architectures { ${architectures} };`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "root";',
    // Hooks of the system's configuration want to write outside the cache.
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear APT::Update::Pre-Invoke;',
    '',
  ].join('\n');
}
