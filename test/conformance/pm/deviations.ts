import {
  Effect,
  type PortDeviation,
  portDeviation,
  probeFrom,
  unmodelled,
} from '../../helpers/device-program/deviation';
import { input, output, wait } from '../../helpers/device-program/steps';
import type { PowerManagement } from '../../reference/pm/pm';

const [STATUS, ENABLES, CONTROL] = [0x600, 0x602, 0x604] as const;

const probe = probeFrom([]);

/** Where QEMU 7.2's PIIX4 power management answers otherwise than [ACPI]. */
export const PM_DEVIATIONS: readonly PortDeviation<PowerManagement>[] = [
  portDeviation({
    device: 'pmtimer',
    id: 'sci-enable',
    what: 'An enabled event while SCI_EN is 0',
    qemu: 'raises the SCI',
    ours: 'does not raise the SCI',
    why: 'The event belongs to the SMI then',
    clause: '[ACPI] 4.8.3.2.1, SCI_EN: "Selects the power management event to be either an SCI or SMI interrupt"',
    effect: Effect.Observation,
    probe: probe(
      0,
      3,
      ...[output(CONTROL, 0, 2), output(STATUS, 0xffff, 2), output(ENABLES, 1, 2), wait(3_000_000_000)],
    ),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pmtimer',
    id: 'reserved-enables',
    what: 'Reserved bits of the PM1 enable register',
    qemu: 'read back as written',
    ours: 'read as 0',
    why: 'They are no events',
    clause: '[ACPI] table 4.12',
    effect: Effect.Observation,
    probe: probe(0x0721, 0xffff, output(ENABLES, 0xffff, 2), input(ENABLES, 2)),
    explains: unmodelled,
  }),
];
