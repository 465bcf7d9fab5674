import { TEXT_MEMORY } from '../../hypervisor/memory/text-memory';

const COLUMNS = 80;
const ROWS = 25;
/** A character and its attribute. */
const CELL = 2;

/** Code page 437 as a VGA draws it: what stands below 20h, and from 7Fh on. In between it is ASCII. */
const LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const HIGH =
  '⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»' +
  '░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';
const FIRST_HIGH = 0x7f;

/**
 * The 80 by 25 characters of a VGA in text mode, read from guest memory. Colours are left out; so is what a CRT controller could do, as
 * there is none: the screen begins at the first character of text memory.
 */
export class TextScreen {
  /** @param memory the guest's physical memory */
  constructor(private readonly memory: Uint8Array) {}

  /** The rows from the top, without the blanks at their ends. */
  rows(): string[] {
    return Array.from({ length: ROWS }, (_, row) => this.row(row).trimEnd());
  }

  private row(row: number): string {
    const start = TEXT_MEMORY + row * COLUMNS * CELL;
    return Array.from({ length: COLUMNS }, (_, column) => glyph(this.memory[start + column * CELL]!)).join('');
  }
}

function glyph(code: number): string {
  if (code < LOW.length) return LOW[code]!;
  return code < FIRST_HIGH ? String.fromCharCode(code) : HIGH[code - FIRST_HIGH]!;
}

const CLEAR = '\x1b[2J';
const HOME = '\x1b[H';
const ERASE_LINE = '\x1b[K';

/** Keeps a terminal showing what is on a text screen. */
export class ScreenDrawing {
  private drawn = '';

  constructor(
    private readonly screen: TextScreen,
    private readonly write: (text: string) => void,
  ) {}

  /** Draw the screen anew if it has changed. */
  update(): void {
    const text = this.screen.rows().join(`${ERASE_LINE}\r\n`);
    if (text === this.drawn) return;
    this.write(`${this.drawn === '' ? CLEAR : ''}${HOME}${text}${ERASE_LINE}`);
    this.drawn = text;
  }
}
