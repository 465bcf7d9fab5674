/** Operations that IDE programs are made of, each a verb of a driver or a burst of register noise. */
import fc from 'fast-check';
import type { IdeMachine } from '../../conformance/ide/machines';
import { configure, identify, plainCommand, setFeatures, smart } from './command-operations';
import { dmaTransfer, pioRead, pioWrite } from './disk-operations';
import { busMasterNoise, commandNoise, deviceControl, idle, registerNoise, softReset } from './noise-operations';
import { type Operations, type Target, targets } from './operation';
import { packetCommands } from './packet-operations';

export interface OperationOptions {
  /** Without it no PACKET commands are made. */
  readonly packets: boolean;
}

/** All operations that make sense on a machine, the common ones more often. */
export function operations(machine: IdeMachine, { packets }: OperationOptions): Operations {
  const disks = targets(machine, 'disk');
  const perDisk = (make: (target: Target) => Operations): Operations => fc.oneof(...disks.map(make));
  const optical = packets ? targets(machine, 'cd-rom') : [];
  return fc.oneof(
    { weight: 6, arbitrary: perDisk(pioRead) },
    { weight: 6, arbitrary: perDisk(pioWrite) },
    { weight: 6, arbitrary: perDisk(dmaTransfer) },
    { weight: 4, arbitrary: plainCommand(machine) },
    { weight: 1, arbitrary: identify(machine) },
    { weight: 1, arbitrary: setFeatures(machine) },
    { weight: 2, arbitrary: perDisk(configure) },
    { weight: 1, arbitrary: perDisk(smart) },
    { weight: 2, arbitrary: softReset },
    { weight: 2, arbitrary: deviceControl },
    { weight: 4, arbitrary: registerNoise() },
    { weight: 2, arbitrary: commandNoise },
    { weight: 3, arbitrary: busMasterNoise() },
    { weight: 1, arbitrary: idle },
    ...optical.map((target) => ({ weight: 8, arbitrary: packetCommands(target) })),
  );
}
