import { DEVICE_IDE, DEVICE_NONE, DEVICE_PCI, DEVICE_PM, DEVICE_ROM_CARD } from '../../hypervisor/abi/devices';
import { MACHINE_RESET, MACHINE_SHADOW_RAM } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import { INFO_DEVICES, INFO_ROM_BYTES } from '../../hypervisor/abi/start-info';
import { floating } from '../contract/bus-value';
import { Frame } from '../contract/frame';
import { busMasterPorts, mastersBus, powerManagementPorts, writableShadowBlocks } from '../devices/pci/functions';
import { PCI_HOST_SIZE, PciHost } from '../devices/pci/host';
import { romAddress, romCardPorts, windowAddress } from '../devices/pci/rom-card-function';
import { CARD_PORTS } from '../devices/rom-card/registers';
import { machine, mapPorts } from '../hypercalls';
import { protectFromFwCfg } from './fw-cfg';
import { enableBusMaster } from './ide';
import { showRomCard } from './rom-card';

const STATE: u32 = DEVICE_STATE + DEVICE_PCI * PAGE_SIZE;

/** CF8h: CONFIG_ADDRESS in accesses of four bytes; CF9h: reset control in accesses of one byte; CFCh-CFFh: CONFIG_DATA. */
const CONFIG_ADDRESS: u32 = 0xcf8;
const RESET_CONTROL: u32 = 0xcf9;
const CONFIG_DATA: u32 = 0xcfc;

const BUS_MASTER_PORTS: u32 = 16;
const POWER_MANAGEMENT_PORTS: u32 = 64;

/** What the rest of the machine has been told. */
@unmanaged
class Applied {
  shadowBlocks: u32;
  busMasterPorts: u32;
  powerManagementPorts: u32;
  romCardPorts: u32;
  mastersBus: bool;
}
const APPLIED: u32 = STATE + PCI_HOST_SIZE;

if (offsetof<PciHost>() > 64 || PCI_HOST_SIZE + offsetof<Applied>() > PAGE_SIZE) {
  ERROR('the PCI host does not fit its page');
}

function host(): PciHost {
  return changetype<PciHost>(STATE);
}

function isPresent(device: u32): bool {
  return (load<u32>(START_INFO + INFO_DEVICES) & (1 << device)) != 0;
}

/** A card that the guest has drivers for, instead of a model here, is no card: its function is not there. */
export function bootPci(frame: Frame): void {
  host().hasIde = isPresent(DEVICE_IDE);
  host().hasPowerManagement = isPresent(DEVICE_PM);
  host().hasRomCard = ((frame.pending >> DEVICE_ROM_CARD) & 1) != 0;
  host().hasRom = load<u32>(START_INFO + INFO_ROM_BYTES) != 0;
  host().powerOn();
  const applied = changetype<Applied>(APPLIED);
  applied.busMasterPorts = 0;
  applied.powerManagementPorts = 0;
  applied.romCardPorts = 0;
  applied.mastersBus = false;
  protectMemory(applied, 0);
}

/** Everybody who writes memory from C0000h on has to know which blocks of it are writable. */
function protectMemory(applied: Applied, writableBlocks: u32): void {
  applied.shadowBlocks = writableBlocks;
  machine(MACHINE_SHADOW_RAM, writableBlocks);
  protectFromFwCfg(writableBlocks);
}

export function readPci(port: u32, width: u32): u32 {
  if (port == CONFIG_ADDRESS && width == 4) return host().readAddress();
  if (port == RESET_CONTROL && width == 1) return host().readResetControl();
  if (port < CONFIG_DATA) return floating(width);
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < width; byte++) value |= readLane(port + byte) << (byte << 3);
  return value;
}

/** An access beyond CFFh is a second one on the bus, to a port that is not PCI's. */
function readLane(port: u32): u32 {
  return port < CONFIG_DATA + 4 ? host().readData(port & 3) : 0xff;
}

export function writePci(port: u32, width: u32, value: u32): void {
  if (port == CONFIG_ADDRESS && width == 4) host().writeAddress(value);
  else if (port == RESET_CONTROL && width == 1) writeResetControl(value);
  else if (port >= CONFIG_DATA) {
    for (let byte: u32 = 0; byte < width && port + byte < CONFIG_DATA + 4; byte++) {
      host().writeData((port + byte) & 3, (value >> (byte << 3)) & 0xff);
    }
    apply();
  }
}

function writeResetControl(value: u32): void {
  host().writeResetControl(value);
  if (host().resetRequested) machine(MACHINE_RESET, 0);
}

/** Carry out what has changed in the configuration spaces. */
function apply(): void {
  const applied = changetype<Applied>(APPLIED);
  const shadowBlocks = writableShadowBlocks(host().hostBridge);
  if (shadowBlocks != applied.shadowBlocks) protectMemory(applied, shadowBlocks);
  const masters = mastersBus(host().ide);
  if (masters != applied.mastersBus) {
    applied.mastersBus = masters;
    enableBusMaster(masters);
  }
  route(
    applied,
    busMasterPorts(host().ide),
    host().hasPowerManagement ? powerManagementPorts(host().powerManagement) : 0,
    host().hasRomCard ? romCardPorts(host().romCard) : 0,
  );
  if (host().hasRomCard) showRomCard(windowAddress(host().romCard), romAddress(host().romCard));
}

/** All ranges are taken away before any is put back, for they may overlap while the host moves them about. */
function route(applied: Applied, busMaster: u32, powerManagement: u32, romCard: u32): void {
  const stays = busMaster == applied.busMasterPorts && powerManagement == applied.powerManagementPorts;
  if (stays && romCard == applied.romCardPorts) return;
  routeRange(DEVICE_NONE, applied.busMasterPorts, BUS_MASTER_PORTS);
  routeRange(DEVICE_NONE, applied.powerManagementPorts, POWER_MANAGEMENT_PORTS);
  routeRange(DEVICE_NONE, applied.romCardPorts, CARD_PORTS);
  applied.busMasterPorts = busMaster;
  applied.powerManagementPorts = powerManagement;
  applied.romCardPorts = romCard;
  routeRange(DEVICE_ROM_CARD, romCard, CARD_PORTS);
  routeRange(DEVICE_PM, powerManagement, POWER_MANAGEMENT_PORTS);
  routeRange(DEVICE_IDE, busMaster, BUS_MASTER_PORTS);
}

function routeRange(device: u32, first: u32, count: u32): void {
  if (first != 0) mapPorts(device, first, count);
}
