import { claimedPorts, decodesMemory } from './claims';
import { ConfigSpace } from './config-space';
import { ConfigRegister, RomCard, STATUS_FAST } from './registers';

/** The card's PCI function after reset. A card without an expansion ROM has no register for one ([PCI 2.1] 6.2.5.2). */
export function resetRomCard(space: ConfigSpace, hasRom: bool): void {
  space.reset(RomCard.VENDOR, RomCard.ID, RomCard.CLASS);
  space.set16(ConfigRegister.STATUS, STATUS_FAST, 0);
  space.set32(ConfigRegister.BASE_ADDRESS_0, 0x00000001, RomCard.PORTS_MASK);
  space.set32(ConfigRegister.BASE_ADDRESS_1, RomCard.WINDOW_KIND, RomCard.WINDOW_MASK);
  if (hasRom) space.set32(ConfigRegister.EXPANSION_ROM, 0, RomCard.ROM_MASK);
  for (let register = ConfigRegister.SPECIFIC; register < 0x100; register += 4) space.set32(register, 0, 0);
}

/** First of the card's ports, or 0 while they are closed. */
export function romCardPorts(space: ConfigSpace): u32 {
  return claimedPorts(space, ConfigRegister.BASE_ADDRESS_0, RomCard.PORTS);
}

/** Guest-physical address at which the window is to be shown, or 0. */
export function windowAddress(space: ConfigSpace): u32 {
  return decodesMemory(space) ? space.long(ConfigRegister.BASE_ADDRESS_1) & RomCard.WINDOW_MASK : 0;
}

/** Guest-physical address at which the expansion ROM is to be shown, or 0. */
export function romAddress(space: ConfigSpace): u32 {
  const register = space.long(ConfigRegister.EXPANSION_ROM);
  const open = decodesMemory(space) && (register & RomCard.ROM_ENABLE) != 0;
  return open ? register & ~RomCard.ROM_ENABLE : 0;
}
