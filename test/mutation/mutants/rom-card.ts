import type { Mutant } from '../compile';

const CARD = 'firmware-emu/devices/rom-card/rom-card.ts';
const FUNCTION = 'firmware-emu/devices/pci/rom-card-function.ts';
const WIRING = 'firmware-emu/wiring/rom-card.ts';

export const ROM_CARD_MUTANTS: readonly Mutant[] = [
  {
    name: 'the window keeps its offset to the byte',
    file: CARD,
    find: 'this.move(value & ~(WINDOW_BYTES - 1))',
    replace: 'this.move(value)',
  },
  {
    name: 'behind the end of an item there is what its last sector has there',
    file: CARD,
    find: 'this.clearBehind(success ? this.wanted : 0);',
    replace: 'this.clearBehind(success ? this.requestSectors << SECTOR_SHIFT : 0);',
  },
  {
    name: 'a failed read shows what came of it',
    file: CARD,
    find: 'this.clearBehind(success ? this.wanted : 0);',
    replace: 'this.clearBehind(this.wanted);',
  },
  {
    name: 'an error stays until the next reset',
    file: CARD,
    find: 'this.status = success ? CardStatus.SHOWN : CardStatus.UNREADABLE;',
    replace: 'if (!success) this.status = CardStatus.UNREADABLE;',
  },
  {
    name: 'the last, broken sector is not read',
    file: CARD,
    find: '(this.wanted + (1 << SECTOR_SHIFT) - 1) >> SECTOR_SHIFT',
    replace: 'this.wanted >> SECTOR_SHIFT',
  },
  {
    name: 'choosing an item clears the window',
    file: CARD,
    find: '    this.item = key;\n',
    replace: '    this.item = key;\n    this.clearBehind(0);\n',
  },
  {
    name: 'sectors wrap at 2^32',
    file: CARD,
    find: '<u64>this.place + (position >> SECTOR_SHIFT)',
    replace: '<u64>(this.place + (position >> SECTOR_SHIFT))',
  },
  {
    name: 'the ROM is shown without its enable bit',
    file: FUNCTION,
    find: 'decodesMemory(space) && (register & RomCard.ROM_ENABLE) != 0;',
    replace: 'decodesMemory(space);',
  },
  {
    name: 'the window ignores the command register',
    file: FUNCTION,
    find: 'decodesMemory(space) ? space.long(ConfigRegister.BASE_ADDRESS_1) & RomCard.WINDOW_MASK : 0',
    replace: 'space.long(ConfigRegister.BASE_ADDRESS_1) & RomCard.WINDOW_MASK',
  },
  {
    name: 'a card without a ROM has a register for one',
    file: FUNCTION,
    find: 'if (hasRom) space',
    replace: 'space',
  },
  {
    name: 'the window stays at its old place when it moves',
    file: WIRING,
    find: '  if (places.windowShown) mapMemory(DEVICE_NONE, places.window, DATA_WINDOW_SIZE);\n',
    replace: '',
  },
  {
    name: 'a refused place is taken away again',
    file: WIRING,
    find: 'places.windowShown = window != 0 && mapPages(window, DATA_WINDOW_SIZE, DATA_WINDOW) == STATUS_OK;',
    replace: 'mapPages(window, DATA_WINDOW_SIZE, DATA_WINDOW);\n  places.windowShown = window != 0;',
  },
  {
    name: 'registers answer accesses of two bytes',
    file: WIRING,
    find: 'return width == 4 && (address & 3) == 0;',
    replace: 'return width >= 2 && (address & 3) == 0;',
  },
  {
    name: 'the guest goes on before the data are there',
    file: WIRING,
    find: '  if (submit()) frame.answer = ANSWER_DEFERRED;\n  else card()',
    replace: '  if (!submit()) card()',
  },
  {
    name: 'a request that the ring does not take is forgotten',
    file: WIRING,
    find: '  else card().fetched(false);\n',
    replace: '',
  },
  {
    name: 'a guest that does not wait gets what it gave up',
    file: WIRING,
    find: '  if (disk.inFlight != 0) disk.abandon();\n',
    replace: '',
  },
];
