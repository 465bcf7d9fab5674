import { describe, expect, it, vi } from 'vitest';
import { tour } from '../../../experiments/commands/tour';
import { parsePlacements, placementHelp } from '../../../experiments/options';

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

  it.each([
    ['reflect', ['shadow', 'lazy', 'paged', 'notify-on-resume', 'protected']],
    ['forward', ['lazy', 'paged', 'protected']],
    ['ioemu', ['posted', 'live']],
    ['stubdom', ['posted', 'live']],
    ['kvm-user', ['posted', 'live']],
  ])('takes every variation of %s, alone and all together, and the help text tells of each', (base, variations) => {
    for (const variation of variations) expect(names(`${base}+${variation}`)[UART]).toBe(`${base}+${variation}`);
    expect(names([base, ...variations].join('+'))[UART]).toBe([base, ...variations].join('+'));
    for (const word of [base, ...variations]) expect(placementHelp()).toMatch(new RegExp(`^  \\+?${word} `, 'm'));
  });

  it('says in one line what is wrong', () => {
    expect(() => parsePlacements(['moon'])).toThrow(
      /^--placement moon: unknown placement 'moon'; use one of .*reference/,
    );
    expect(() => parsePlacements(['floppy=reflect'])).toThrow(/unknown device 'floppy'; use one of/);
    expect(() => parsePlacements(['i8042=reference'])).toThrow(/the reference emulator has no i8042$/);
    expect(() => parsePlacements(['ide=reference+shadow'])).toThrow(
      /reference does not go with \+shadow; it has \+posted/,
    );
    expect(() => parsePlacements(['reflect+live'])).toThrow(/reflect does not go with \+live; it has \+shadow, \+lazy/);
    expect(() => parsePlacements(['reflect+lazy+lazy'])).toThrow(/does not go with \+lazy\+lazy; .* each once$/);
    expect(() => parsePlacements(['inkernel+lazy'])).toThrow(/inkernel has no variations, hence no \+lazy$/);
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
