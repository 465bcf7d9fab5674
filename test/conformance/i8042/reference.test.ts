import { describe, it } from 'vitest';
import { KeyboardController } from '../../reference/i8042/i8042';
import { KEYBOARD_CONTROLLER_CASES, type KeyboardControllerUnderTest } from './cases';

function reference(): KeyboardControllerUnderTest {
  let a20 = true;
  let resets = 0;
  const board = {
    setA20: (enabled: boolean) => {
      a20 = enabled;
    },
    resetProcessor: () => {
      resets++;
    },
  };
  const controller = new KeyboardController({ setIrq: () => {} }, board);
  return {
    read: (port, width) => controller.read(port, width),
    write: (port, width, value) => controller.write(port, width, value),
    a20: () => a20,
    resets: () => resets,
  };
}

describe('reference keyboard controller: what PC firmware expects', () => {
  it.each(KEYBOARD_CONTROLLER_CASES)('$name', ({ run }) => {
    run(reference());
  });
});
