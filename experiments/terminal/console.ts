import { closeSync, openSync, writeSync } from 'node:fs';
import { checkOutput } from '../options';
import { Terminal } from './terminal';

/** Where a guest's serial output goes and its input comes from. */
export interface Console {
  terminal: Terminal | undefined;
  write(byte: number): void;
  close(): void;
}

/**
 * @param target `stdio`, or the path of a file
 * @param screen the terminal shows the VGA's screen: serial output reaches it only if it has a file
 * @throws UsageError when the file cannot be written
 */
export function openConsole(target: string | undefined, screen: boolean): Console {
  if (target === undefined || target === 'stdio') {
    const terminal = new Terminal();
    const write = screen && target === undefined ? () => {} : (byte: number) => terminal.write(byte);
    return { terminal, write, close: () => terminal.close() };
  }
  checkOutput('--serial', target);
  const file = openSync(target, 'w');
  const terminal = screen ? new Terminal() : undefined;
  const close = () => {
    terminal?.close();
    closeSync(file);
  };
  return { terminal, write: (byte) => writeSync(file, Uint8Array.of(byte)), close };
}
