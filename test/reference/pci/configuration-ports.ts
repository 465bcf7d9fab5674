import type { AccessWidth, ReferenceDevice } from '../contract';
import type { PciFunction } from './pci-function';

const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const ENABLE = 0x8000_0000;
/** Bits 30 to 24 and 1 to 0 are reserved and read as 0. [PCI 2.1] 3.7.4.1, figure 3-19 */
const IMPLEMENTED = 0x80ff_fffc;

/** The two functions of configuration mechanism #1, on a bus with nothing behind it. [PCI 2.1] 3.7.4.1 */
export class ConfigurationPorts implements ReferenceDevice {
  private address = 0;

  /** @param functions by device * 8 + function, on bus 0 */
  constructor(private readonly functions: ReadonlyMap<number, PciFunction>) {}

  /** CONFIG_ADDRESS is a double word and nothing else; CONFIG_DATA is whatever part of one. */
  read(port: number, width: AccessWidth): number {
    if (port === CONFIG_ADDRESS && width === 4) return this.address;
    const target = this.isData(port, width) ? this.target : undefined;
    return target?.read(this.register + (port & 3), width) ?? 2 ** (8 * width) - 1;
  }

  write(port: number, width: AccessWidth, value: number): void {
    if (port === CONFIG_ADDRESS && width === 4) this.address = (value & IMPLEMENTED) >>> 0;
    else if (this.isData(port, width)) this.target?.write(this.register + (port & 3), width, value);
  }

  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(): void {}

  reset(): void {
    this.address = 0;
    for (const target of this.functions.values()) target.reset();
  }

  private isData(port: number, width: AccessWidth): boolean {
    return port >= CONFIG_DATA && port + width <= CONFIG_DATA + 4;
  }

  private get target(): PciFunction | undefined {
    if ((this.address & ENABLE) === 0 || ((this.address >>> 16) & 0xff) !== 0) return undefined;
    return this.functions.get((this.address >>> 8) & 0xff);
  }

  private get register(): number {
    return this.address & 0xfc;
  }
}
