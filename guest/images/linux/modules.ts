import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestError } from '../errors';

/** One kernel module: its name as the kernel knows it and its object file. */
export interface KernelModule {
  readonly name: string;
  readonly file: string;
}

/**
 * All modules under a directory, by name. File names may have dashes where module names have underscores.
 */
export function findModules(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ko'));
  return new Map(files.map((file) => [moduleName(file), join(directory, file)]));
}

/**
 * Modules in an order in which each can be inserted: what a module depends on stands before it. Packages carry no
 * modules.dep (depmod writes it at installation), so the dependencies come from the modules themselves.
 * @param wanted module names; the order among them is kept
 */
export function loadOrder(wanted: readonly string[], available: ReadonlyMap<string, string>): KernelModule[] {
  const order: KernelModule[] = [];
  const visit = (name: string): void => {
    if (order.some((module) => module.name === name)) return;
    const file = available.get(name);
    if (file === undefined) throw new GuestError(`kernel module ${name} is not in the kernel package`);
    for (const dependency of dependencies(readFileSync(file))) visit(moduleName(dependency));
    order.push({ name, file });
  };
  for (const name of wanted) visit(moduleName(name));
  return order;
}

/** The "depends=" entry of a module's .modinfo section: NUL-terminated strings of the form key=value. */
function dependencies(module: Buffer): string[] {
  const key = Buffer.from('\0depends=');
  const at = module.indexOf(key);
  if (at < 0) return [];
  const start = at + key.length;
  const list = module.toString('latin1', start, module.indexOf(0, start));
  return list === '' ? [] : list.split(',');
}

function moduleName(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_');
}
