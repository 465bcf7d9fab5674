import { Header, PciFunction } from './pci-function';

const INTEL = 0x8086;

/** Bus 0: device * 8 + function, where a PC with this chip set has them. */
export const HOST_BRIDGE = 0x00;
export const ISA_BRIDGE = 0x08;
export const IDE_FUNCTION = 0x09;

/** Base address register of the bus-master block, and its size. [PIIX3] 2.3.9, BMIBA */
export const BUS_MASTER_BAR = 4;
const BUS_MASTER_PORTS = 16;

const MEDIUM_DEVSEL = 0x0200;
const FAST_BACK_TO_BACK = 0x0080;

/**
 * 82441FX host bridge. Its registers beyond the header keep what they are given. [440FX] 3.2
 *
 * @param subsystem who made the board, vendor in the low half; 0 for a board that does not say. [PCI 2.1] 6.2.4
 */
export function hostBridge(subsystem: number): PciFunction {
  const identity = { vendor: INTEL, device: 0x1237, classAndRevision: 0x0600_0002, status: 0, multifunction: false };
  return new PciFunction(identity, { [Header.Subsystem]: subsystem, 112: 0x0002_0000 });
}

/** PIIX3 function 0, PCI to ISA bridge: PIRQ routing off, the other registers at their defaults. [PIIX3] 2.2 */
export function isaBridge(): PciFunction {
  const status = MEDIUM_DEVSEL;
  const identity = { vendor: INTEL, device: 0x7000, classAndRevision: 0x0601_0000, status, multifunction: true };
  return new PciFunction(identity, {
    76: 0x0003_004d,
    96: 0x8080_8080,
    104: 0x0000_0200,
    112: 0x0000_0080,
    116: 0x0c0c_0000,
    120: 0x0000_0002,
    160: 0x0000_0008,
    168: 0x0000_000f,
  });
}

/** PIIX3 function 1, IDE: both channels in legacy mode, able to master the bus. [PIIX3] 2.3 */
export function ideFunction(onChange: () => void): PciFunction {
  const status = MEDIUM_DEVSEL | FAST_BACK_TO_BACK;
  const identity = { vendor: INTEL, device: 0x7010, classAndRevision: 0x0101_8000, status, multifunction: false };
  const ide = new PciFunction(identity, {}, onChange);
  ide.addPortRange(BUS_MASTER_BAR, BUS_MASTER_PORTS);
  return ide;
}
