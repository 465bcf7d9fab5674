import { describe, expect, it, vi } from 'vitest';
import { tour } from '../../../experiments/commands/tour';
import { parsePlacements } from '../../../experiments/options';

/** Device numbers of the contract, re-declared. */
const [UART, IDE, PIT, RTC] = [1, 2, 3, 4] as const;
const mask = (...devices: number[]) => devices.reduce((bits, device) => bits | (1 << device), 0);

const names = (...options: string[]) => parsePlacements(options).placements.map(({ name }) => name);

describe('--placement', () => {
  it('reflects what it does not name', () => {
    expect(new Set(names())).toEqual(new Set(['reflect']));
    expect(parsePlacements([]).emulator).toBeUndefined();
    expect(names('ide=ioemu')[IDE]).toBe('ioemu');
    expect(names('ide=ioemu')[UART]).toBe('reflect');
  });

  it('takes a later word before an earlier one', () => {
    expect(names('inkernel', 'uart=stubdom')[UART]).toBe('stubdom');
    expect(names('uart=stubdom', 'inkernel')[UART]).toBe('inkernel');
  });

  it('puts the reference emulator into a process, for the devices that it was named for', () => {
    const one = parsePlacements(['ide=reference+posted']);
    expect(one.placements[IDE]!.name).toBe('ioemu+posted');
    expect(one.emulator).toMatchObject({ name: 'reference', devices: mask(IDE) });
    expect(parsePlacements(['reference']).emulator!.devices).toBe(mask(UART, IDE, PIT, RTC));
    expect(parsePlacements(['reference,ide=ioemu']).emulator!.devices).toBe(mask(UART, PIT, RTC));
    expect(parsePlacements(['ide=reference', 'reflect']).emulator).toBeUndefined();
  });

  it('says in one line what is wrong', () => {
    expect(() => parsePlacements(['moon'])).toThrow(
      /^--placement moon: unknown placement 'moon'; use one of .*reference/,
    );
    expect(() => parsePlacements(['floppy=reflect'])).toThrow(/unknown device 'floppy'; use one of/);
    expect(() => parsePlacements(['i8042=reference'])).toThrow(/the reference emulator has no i8042$/);
    expect(() => parsePlacements(['ide=reference+shadow'])).toThrow(/unknown placement 'reference\+shadow'/);
  });
});

describe('the tour', () => {
  it.each(['ide=reference', 'reference'])('gives the same console and disk under %s', async (placement) => {
    const printed: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    const code = await tour(['--placement', placement]).finally(() => write.mockRestore());
    expect(printed.join('')).toMatch(/ide ioemu \(reference\) +[1-9]/);
    expect(code).toBe(0);
  });
});
