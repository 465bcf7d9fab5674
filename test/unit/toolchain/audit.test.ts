import { describe, expect, it } from 'vitest';
import { auditFirmware } from '../../../firmware-emu/toolchain/audit';
import { addFuel } from '../../../firmware-emu/toolchain/fuel';

const SOUND = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'threads', '--importMemory', '--sharedMemory'],
  ...['--initialMemory', '16384', '--maximumMemory', '16384', '--noExportMemory', '--memoryBase', '1073676288'],
];

/** Compile AssemblyScript source with `options` in place of the project's own where they differ. */
async function compile(source: string, options: string[] = SOUND): Promise<Uint8Array> {
  const asc = await import('assemblyscript/asc');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['main.ts', '--outFile', 'out.wasm', ...options], {
    readFile: (name) => (name === 'main.ts' ? source : null),
    writeFile: (_name, content) => {
      binary = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (!binary) throw new Error(`${error?.message} ${stderr.toString()}`);
  return binary;
}

const ENTER = 'export function enter(frame: usize): void { store<u32>(frame, 1); }';

describe('the audit of the firmware binary', () => {
  it('accepts a firmware that keeps its state in guest memory', async () => {
    const binary = await compile(`
      @external('hypercall', 'set_irq') declare function setIrq(gsi: u32, level: u32): u32;
      export function enter(frame: usize): void { setIrq(load<u32>(frame), 1); memory.copy(frame, frame + 16, 16); }`);
    expect(auditFirmware(binary)).toEqual([]);
  });

  it.each<[string, string, string[], RegExp]>([
    [
      'an import that is no hypercall',
      `@external('env', 'now') declare function now(): f64; export function enter(frame: usize): void { store<f64>(frame, now()); }`,
      SOUND,
      /env\.now, which is not a hypercall/,
    ],
    [
      'a hypercall with another signature',
      `@external('hypercall', 'set_irq') declare function setIrq(gsi: u32): u32; export function enter(frame: usize): void { store<u32>(frame, setIrq(1)); }`,
      SOUND,
      /set_irq with a wrong signature/,
    ],
    ['a mutable global', `let count: u32 = 0; ${ENTER.replace('1)', 'count++)')}`, SOUND, /mutable global/],
    [
      'growing memory',
      'export function enter(frame: usize): void { store<u32>(frame, memory.grow(1)); }',
      SOUND,
      /grows its memory/,
    ],
    ['a second export', `${ENTER} export function leave(): void {}`, SOUND, /exports enter, leave/],
    [
      'data outside its place in the region',
      `export function enter(frame: usize): void { store<usize>(frame, memory.data<u8>([1, 2, 3])); }`,
      SOUND.map((option) => (option === '1073676288' ? '4096' : option)),
      /3 bytes of data at 0x1000/,
    ],
    ['a memory of its own', ENTER, SOUND.filter((option) => option !== '--importMemory'), /does not import its memory/],
    [
      'an unshared memory',
      ENTER,
      SOUND.filter((option) => option !== '--sharedMemory'),
      /other than 16384 shared pages/,
    ],
    [
      'a start function',
      `store<u32>(64, 1); ${ENTER}`,
      [...SOUND, '--exportStart', ''].filter((option) => option !== '' && option !== '--exportStart'),
      /start function/,
    ],
  ])('rejects %s', async (_rule, source, options, finding) => {
    expect(auditFirmware(await compile(source, options)).join('; ')).toMatch(finding);
  });
});

describe('fuel', () => {
  const instantiate = (binary: Uint8Array) => {
    const memory = new WebAssembly.Memory({ initial: 16384, maximum: 16384, shared: true });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(addFuel(binary) as BufferSource), {
      env: { memory },
    });
    return { enter: instance.exports.enter as (frame: number) => void, words: new Uint32Array(memory.buffer) };
  };

  it('lets bounded loops run, in every entry anew', async () => {
    const source =
      'export function enter(frame: usize): void { for (let i: u32 = 0; i < 3000000; i++) store<u32>(frame, load<u32>(frame) + 1); }';
    const { enter, words } = instantiate(await compile(source, ['-O0', ...SOUND.slice(1)]));
    enter(64);
    enter(64);
    expect(words[16]).toBe(6_000_000);
  });

  it('traps an endless loop, even one that overwrites all of its own state', async () => {
    const source = 'export function enter(frame: usize): void { while (true) memory.fill(frame, 0xff, 4096); }';
    const { enter } = instantiate(await compile(source));
    expect(() => enter(64)).toThrow(WebAssembly.RuntimeError);
  });

  it('counts the bytes of bulk operations, which would make a short loop long', async () => {
    const source =
      'export function enter(frame: usize): void { for (let i: u32 = 0; i < 100000; i++) memory.fill(frame, <u8>i, 1 << 20); }';
    const { enter } = instantiate(await compile(source));
    expect(() => enter(64)).toThrow(WebAssembly.RuntimeError);
  });

  it('leaves recursion to the limit of the stack', async () => {
    const source =
      'function deeper(n: u32): u32 { return n == 0 ? 1 : deeper(n + 1) + n; } export function enter(frame: usize): void { store<u32>(frame, deeper(1)); }';
    const { enter } = instantiate(await compile(source));
    expect(() => enter(64)).toThrow(RangeError);
  });
});
