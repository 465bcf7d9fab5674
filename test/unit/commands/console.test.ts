import { describe, expect, it } from 'vitest';
import { Conversation, pairSteps } from '../../../experiments/terminal/scenario';
import { ScreenDrawing, TextScreen } from '../../../experiments/terminal/text-screen';

const TEXT_MEMORY = 0xb8000;

function screenWith(row: number, column: number, codes: readonly number[]): { screen: TextScreen; memory: Uint8Array } {
  const memory = new Uint8Array(0x100000);
  codes.forEach((code, index) => {
    memory[TEXT_MEMORY + (row * 80 + column + index) * 2] = code;
    memory[TEXT_MEMORY + (row * 80 + column + index) * 2 + 1] = 0x17;
  });
  return { screen: new TextScreen(memory), memory };
}

describe('the text screen', () => {
  it('is 25 rows of 80 characters and their attributes', () => {
    const { screen } = screenWith(24, 78, [0x48, 0x69]);
    const rows = screen.rows();
    expect(rows.length).toBe(25);
    expect(rows[24]).toBe(`${' '.repeat(78)}Hi`);
    expect(rows.slice(0, 24)).toEqual(new Array(24).fill(''));
  });

  it('draws code page 437', () => {
    const { screen } = screenWith(0, 0, [0x01, 0x7f, 0x80, 0x9b, 0xb3, 0xc4, 0xda, 0xdb, 0xe1, 0xfe]);
    expect(screen.rows()[0]).toBe('☺⌂Ç¢│─┌█ß■');
  });

  it('is drawn when it has changed and not otherwise', () => {
    const { screen, memory } = screenWith(0, 0, [0x41]);
    const written: string[] = [];
    const drawing = new ScreenDrawing(screen, (text) => written.push(text));
    drawing.update();
    drawing.update();
    expect(written.length).toBe(1);
    memory[TEXT_MEMORY] = 0x42;
    drawing.update();
    expect(written.length).toBe(2);
    expect(written[1]).toContain('B');
    expect(written[1]).not.toContain('\x1b[2J');
  });
});

describe('--expect and --send', () => {
  const talk = (expects: string[], sends: string[]) => new Conversation(pairSteps(expects, sends));
  const hear = (conversation: Conversation, text: string) => {
    for (const character of text) conversation.hear(character.charCodeAt(0));
  };

  it('take turns', () => {
    const conversation = talk(['login: ', '# '], ['root\\n', 'date\\x0d']);
    expect(conversation.speak(0)).toBe('');
    hear(conversation, 'guest login: ');
    expect(conversation.speak(0)).toBe('root\n');
    expect(conversation.finished).toBe(false);
    hear(conversation, '~ # ');
    expect(conversation.speak(0)).toBe('date\r');
    expect(conversation.finished).toBe(true);
  });

  it('may be of different number', () => {
    expect(talk([], ['a', 'b']).speak(0)).toBe('ab');
    const conversation = talk(['1', '2'], ['x']);
    hear(conversation, '1');
    expect(conversation.speak(0)).toBe('x');
    hear(conversation, '2');
    expect(conversation.finished).toBe(true);
  });
});
