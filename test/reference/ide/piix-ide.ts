import type { AccessWidth, ReferenceDevice, ReferenceEnvironment } from '../contract';
import { ConfigurationPorts } from '../pci/configuration-ports';
import { BUS_MASTER_BAR, HOST_BRIDGE, hostBridge, IDE_FUNCTION, ISA_BRIDGE, ideFunction, isaBridge } from '../pci/piix';
import { type AttachedDrive, IdeController } from './ide-controller';

/** The PCI configuration ports and, in the same address space, the double word of CONFIG_ADDRESS. */
const isConfigurationPort = (port: number): boolean => port >= 0xcf8 && port <= 0xcff;

/** Everything of a PC that a disk driver meets: PCI configuration, and the IDE controller that it configures. */
export class PiixIde implements ReferenceDevice {
  private readonly function = ideFunction(() => this.controller.busMasteringChanged());
  private readonly configuration = new ConfigurationPorts(
    new Map([
      [HOST_BRIDGE, hostBridge()],
      [ISA_BRIDGE, isaBridge()],
      [IDE_FUNCTION, this.function],
    ]),
  );
  private readonly controller: IdeController;

  constructor(environment: ReferenceEnvironment, drives: readonly AttachedDrive[]) {
    const pci = this.function;
    this.controller = new IdeController(environment, drives, {
      busMasterBase: () => pci.portRange(BUS_MASTER_BAR),
      mayMasterBus: () => pci.mayMasterBus,
    });
  }

  read(port: number, width: AccessWidth): number {
    return isConfigurationPort(port) ? this.configuration.read(port, width) : this.controller.read(port, width);
  }

  write(port: number, width: AccessWidth, value: number): void {
    if (isConfigurationPort(port)) this.configuration.write(port, width, value);
    else this.controller.write(port, width, value);
  }

  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(): void {}

  reset(): void {
    this.configuration.reset();
    this.controller.reset();
  }
}
