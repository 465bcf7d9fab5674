import type { AccessWidth, ReferenceDevice, ReferenceEnvironment } from '../contract';
import { ConfigurationPorts } from '../pci/configuration-ports';
import { BUS_MASTER_BAR, HOST_BRIDGE, hostBridge, IDE_FUNCTION, ISA_BRIDGE, ideFunction, isaBridge } from '../pci/piix';
import { type AttachedDrive, IdeController } from './ide-controller';

/** The PCI configuration ports and, in the same address space, the double word of CONFIG_ADDRESS. */
const isConfigurationPort = (port: number): boolean => port >= 0xcf8 && port <= 0xcff;

/** Everything of a PC that a disk driver meets: PCI configuration, and the IDE controller that it configures. */
export class PiixIde implements ReferenceDevice {
  private readonly function = ideFunction(() => this.controller.busMasteringChanged());
  private readonly configuration: ConfigurationPorts;
  private readonly controller: IdeController;

  /** @param subsystem what the maker of the board has the host bridge say, 0 for nothing. [PCI 2.1] 6.2.4 */
  constructor(environment: ReferenceEnvironment, drives: readonly AttachedDrive[], subsystem = 0) {
    const pci = this.function;
    this.configuration = new ConfigurationPorts(
      new Map([
        [HOST_BRIDGE, hostBridge(subsystem)],
        [ISA_BRIDGE, isaBridge()],
        [IDE_FUNCTION, pci],
      ]),
    );
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
