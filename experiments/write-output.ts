import { renameSync, writeFileSync } from 'node:fs';

/** Write a result beside its place and move it there, so that a killed run leaves no half of it. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.part`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}

/** The same value as JSON that people can read, with a newline at the end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
