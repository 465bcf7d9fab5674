/** Operations that IDE programs are made of, each a verb of a driver or a burst of register noise. */
import fc from 'fast-check';
import type { IdeMachine } from '../../conformance/ide/machines';
import type { ChannelNumber } from '../../conformance/ide/verbs';
import { configure, identify, plainCommand, setFeatures, smart } from './command-operations';
import { dmaTransfer, pioRead, pioWrite } from './disk-operations';
import {
  busMasterNoise,
  commandNoise,
  deviceControl,
  heldReset,
  idle,
  registerNoise,
  softReset,
} from './noise-operations';
import { type Operations, type Target, targets } from './operation';
import { impatientReset, stoppedDma } from './outstanding-operations';
import { packetCommands, packetNoise, trayCommands } from './packet-operations';
import { pciAccesses } from './pci-operations';

type Weighted = fc.WeightedArbitrary<ReturnType<Operations['generate']>['value']>;

/** One weight for a verb, whichever of the drives it goes to. */
function perDrive(weight: number, drives: readonly Target[], make: (target: Target) => Operations): Weighted[] {
  return drives.length === 0 ? [] : [{ weight, arbitrary: fc.oneof(...drives.map(make)) }];
}

/**
 * All operations that make sense on the given channels of a machine, the common ones more often.
 *
 * @param withQemu only what QEMU can be compared on: nothing after which its state and ours would differ for good
 */
export function operations(machine: IdeMachine, scope: readonly ChannelNumber[], withQemu: boolean): Operations {
  const drives = targets(machine).filter(({ channel }) => scope.includes(channel));
  const disks = drives.filter(({ drive }) => drive.kind === 'disk');
  const opticalDrives = drives.filter(({ drive }) => drive.kind === 'cd-rom');
  const channels = fc.constantFrom(...scope);
  return fc.oneof(
    ...perDrive(6, disks, pioRead),
    ...perDrive(6, disks, pioWrite),
    ...perDrive(6, disks, dmaTransfer),
    ...perDrive(2, disks, configure),
    ...perDrive(1, disks, (target) => smart(target, withQemu)),
    ...perDrive(8, opticalDrives, (target) => packetCommands(target, withQemu)),
    ...perDrive(2, opticalDrives, (target) => trayCommands(target, withQemu)),
    ...perDrive(4, drives, (target) => plainCommand(target, withQemu)),
    ...perDrive(1, drives, identify),
    ...perDrive(1, drives, setFeatures),
    ...(withQemu ? [] : perDrive(3, drives, impatientReset)),
    ...(withQemu ? [] : perDrive(2, disks, stoppedDma)),
    ...(withQemu ? [] : perDrive(3, opticalDrives, packetNoise)),
    ...(withQemu ? [] : [{ weight: 1, arbitrary: heldReset(channels) }]),
    { weight: 2, arbitrary: softReset(channels) },
    { weight: 2, arbitrary: deviceControl(channels) },
    { weight: 4, arbitrary: registerNoise(channels) },
    { weight: 2, arbitrary: commandNoise(channels, withQemu) },
    { weight: 3, arbitrary: busMasterNoise(channels) },
    { weight: 1, arbitrary: pciAccesses(withQemu) },
    { weight: 1, arbitrary: idle },
  );
}
