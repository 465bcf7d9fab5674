import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QtestChannel } from '../../../experiments/emulators/qtest-channel';

/** Milliseconds. */
const SILENCE = 100;

/** What an emulator says to the first lines it hears; after that it keeps its pipes open and says nothing. */
const emulator = (...answers: string[]) => `#!/bin/bash
while [ "\${1#pipe:}" = "$1" ]; do shift; done
path="\${1#pipe:}"
exec 3<"$path.in" 4>"$path.out"
${answers.map((answer) => `read -r line <&3; echo '${answer}' >&4`).join('\n')}
exec sleep 1000
`;

describe('an emulator that stops answering without ending', () => {
  let folder: string;
  let channel: QtestChannel;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'selfio-silent-'));
    channel = new QtestChannel(() => {}, SILENCE);
  });
  afterEach(() => {
    channel.close();
    rmSync(folder, { recursive: true });
  });

  function start(...answers: string[]): string {
    const binary = join(folder, 'emulator');
    writeFileSync(binary, emulator(...answers));
    chmodSync(binary, 0o755);
    channel.start(binary, [], 'ioapic');
    return binary;
  }

  const silence = (binary: string) => ({
    name: 'QemuGone',
    message: `--placement qemu: ${binary} was ended: it had not answered for 0.1 s`,
  });

  it('is ended, and the vCPU that waits for it is told who it was', () => {
    const binary = start('OK');
    expect(() => channel.exchange(['inb 0x3fd'])).toThrow(expect.objectContaining(silence(binary)));
  });

  it('is given the time anew with each answer', () => {
    const binary = start('OK', 'OK 0x60', 'OK 0x61');
    expect(channel.exchange(['inb 0x3fd'])).toEqual([0x60]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * SILENCE);
    expect(channel.exchange(['inb 0x3fd'])).toEqual([0x61]);
    expect(() => channel.exchange(['inb 0x3fd'])).toThrow(expect.objectContaining(silence(binary)));
  });
});
