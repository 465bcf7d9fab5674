import type { Deviation } from './deviations';
import { HPET_DEVIATIONS } from './hpet/deviations';
import { ideDeviations } from './ide/deviations';
import { PIC_DEVIATIONS } from './pic/deviations';
import { PIT_DEVIATIONS } from './pit/deviations';
import { PM_DEVIATIONS } from './pm/deviations';
import { RTC_DEVIATIONS } from './rtc/deviations';
import { UART_DEVIATIONS } from './uart/deviations';

/** What there is to say of a deviation; which differences it explains is its suite's affair. */
export type DeviationText = Omit<Deviation<unknown>, 'matches'>;

/** The one table of where our devices answer otherwise than QEMU 7.2's. */
export const DEVIATIONS: readonly DeviationText[] = [
  ...ideDeviations,
  ...UART_DEVIATIONS,
  ...PIT_DEVIATIONS,
  ...RTC_DEVIATIONS,
  ...HPET_DEVIATIONS,
  ...PM_DEVIATIONS,
  ...PIC_DEVIATIONS,
];

const TITLES: Readonly<Record<Deviation<unknown>['device'], string>> = {
  ide: 'IDE: disks, CD-ROM drives, bus master',
  pci: 'PCI configuration',
  uart: 'UART',
  pit: '8254 interval timer',
  rtc: 'Real-time clock',
  hpet: 'HPET',
  pmtimer: 'ACPI power management',
  port61: 'Port 61h',
  pic: '8259A interrupt controllers',
};

const INTRODUCTION = `# Deviations from QEMU

Where this project's devices answer otherwise than those of QEMU 7.2, and which clause of which specification decides. The firmware
and the reference emulator agree on every row; QEMU is the third. A difference that is not listed here fails the equivalence suites,
and so does a row that QEMU does not show any more: each has a program that must still show it.

This page is made from \`test/conformance/deviation-table.ts\`. A test holds it against the table; \`npx vitest run
test/conformance/deviations.test.ts -u\` writes it anew.
`;

/** Characters that would end a table's cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function section(device: DeviationText['device'], rows: readonly DeviationText[]): string {
  const lines = rows.map(({ id, what, qemu, ours, why, clause }) => {
    return `| ${[`\`${id}\``, what, qemu, ours, why, clause].map(cell).join(' | ')} |`;
  });
  const head = ['| | what | QEMU | here | why | decided by |', '|---|---|---|---|---|---|'];
  return `\n## ${TITLES[device]}\n\n${[...head, ...lines].join('\n')}\n`;
}

/** The page of the documentation, in Markdown. */
export function deviationPage(rows: readonly DeviationText[]): string {
  const devices = [...new Set(rows.map(({ device }) => device))];
  const sections = devices.map((device) =>
    section(
      device,
      rows.filter((row) => row.device === device),
    ),
  );
  return [INTRODUCTION, ...sections].join('');
}
