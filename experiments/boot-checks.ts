import { UsageError } from './errors';
import type { BootOptions } from './guest-config';
import { knownGuest } from './known-guests';
import { checkOutputs, type FileOption, identity } from './output-files';

/** What of the options of `boot` contradicts itself, or would come to nothing. @throws UsageError */
export function checkBootOptions(options: BootOptions): void {
  checkKernelOptions(options);
  checkDisks(options);
  const serial = options['--serial'];
  const outputs: FileOption[] = [
    ...(['--json', '--trace', '--save'] as const).map((option): FileOption => [option, options[option]]),
    ['--serial', serial === 'stdio' ? undefined : serial],
  ];
  const inputs: FileOption[] = [
    ...(['--bios', '--kernel', '--initrd', '--cdrom', '--scenario'] as const).map(
      (option): FileOption => [option, options[option]],
    ),
    ...(options['--disk'] ?? []).map((path): FileOption => ['--disk', path]),
  ];
  checkOutputs(outputs, inputs);
}

function checkKernelOptions(options: BootOptions): void {
  const kernel = options['--kernel'] !== undefined || knownGuest(options['--guest']).kernel === true;
  for (const option of ['--initrd', '--append'] as const) {
    if (options[option] === undefined || kernel) continue;
    throw new UsageError(
      `${option} ${options[option]}: there is no kernel to take it; name a --kernel, or --guest linux`,
    );
  }
  const bios = options['--bios'];
  if (bios !== undefined && kernel && (options['--loader'] ?? 'direct') === 'direct') {
    throw new UsageError(`--bios ${bios}: the kernel is entered without a BIOS; leave it out, or choose a --loader`);
  }
}

/** Two drives on one file would not see each other's writes; writes that are kept in memory reach no file. */
function checkDisks(options: BootOptions): void {
  const seen = new Set<string>();
  for (const path of options['--disk'] ?? []) {
    if (seen.has(identity(path)) && !options['--snapshot']) {
      throw new UsageError(`--disk ${path}: is in another drive already; name a copy, or add --snapshot`);
    }
    seen.add(identity(path));
  }
}
