import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
    this.prepare();
    const listing = this.apt('apt-cache', ['depends', '--recurse', ...DEPENDS_OPTIONS, name]);
    const native = listing.split('\n').filter((line) => /^lib[^:]*$/.test(line));
    return [...new Set(native)].filter((library) => !SYSTEM_LIBRARIES.test(library));
  }

  /** The packages that `name` depends on directly. */
  dependenciesOf(name: PackageName): PackageName[] {
    this.prepare();
    const listing = this.apt('apt-cache', ['depends', ...DEPENDS_OPTIONS, name]);
    return [...listing.matchAll(/^ +Depends: (\S+)$/gm)].map((match) => match[1]!);
  }

  private fetch(name: PackageName): { file: string; version: string } {
    this.prepare();
    const known = this.locate(name) ?? this.refreshAndLocate(name);
    const file = join(this.debs, known.file);
    if (!existsSync(file)) {
      this.progress(`download ${name} ${known.version}, ${Math.ceil(known.bytes / KIB)} KiB`);
      this.download(name, known.file);
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
    cpSync(join(partial, written), join(this.debs, file));
    rmSync(partial, { recursive: true });
  }

  private refreshAndLocate(name: PackageName): { file: string; version: string; bytes: number } {
    this.refresh();
    const known = this.locate(name);
    if (known === undefined) {
      throw new GuestError(`package ${name} is not in this system's package sources (/etc/apt); Debian 12 has it`);
    }
    return known;
  }

  private locate(name: PackageName): { file: string; version: string; bytes: number } | undefined {
    if (!/^ {2}Candidate: (?!\(none\))/m.test(this.apt('apt-cache', ['policy', name]))) return undefined;
    const uri = this.apt('apt-get', ['-qq', 'download', '--print-uris', name]);
    const match = /^'[^']+' (\S+?_(\S+)_\S+\.deb) (\d+)/m.exec(uri);
    if (match === null) return undefined;
    return { file: match[1]!, version: decodeURIComponent(match[2]!), bytes: Number(match[3]) };
  }

  /** Write apt's configuration and, the first time, fetch the package lists. */
  private prepare(): void {
    const ready = join(this.state, 'ready');
    if (existsSync(ready)) return;
    run('apt-get', ['--version']);
    run('dpkg', ['--version']);
    for (const directory of ['lists/partial', 'archives/partial']) {
      mkdirSync(join(this.state, directory), { recursive: true });
    }
    mkdirSync(this.debs, { recursive: true });
    writeFileSync(join(this.state, 'status'), '');
    writeFileSync(this.config, aptConfiguration(this.state, nativeArchitecture()));
    this.refresh();
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

function nativeArchitecture(): string {
  return run('dpkg', ['--print-architecture']).toString().trim();
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
