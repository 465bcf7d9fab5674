import { expect } from 'vitest';

/** The controller with its board: A20's level as last set, and how often the processor was reset. */
export interface KeyboardControllerUnderTest {
  read(port: number, width: 1): number;
  write(port: number, width: 1, value: number): void;
  a20(): boolean;
  resets(): number;
}

/** One thing that PC firmware expects of an 8042. */
export interface KeyboardControllerCase {
  readonly name: string;
  readonly run: (controller: KeyboardControllerUnderTest) => void;
}

const [DATA, COMMAND] = [0x60, 0x64] as const;
const OUTPUT_FULL = 0x01;
const INPUT_FULL = 0x02;

function ask(controller: KeyboardControllerUnderTest, command: number): number {
  controller.write(COMMAND, 1, command);
  expect(controller.read(COMMAND, 1) & OUTPUT_FULL).toBe(OUTPUT_FULL);
  const answer = controller.read(DATA, 1);
  expect(controller.read(COMMAND, 1) & OUTPUT_FULL).toBe(0);
  return answer;
}

function tell(controller: KeyboardControllerUnderTest, command: number, data: number): void {
  controller.write(COMMAND, 1, command);
  expect(controller.read(COMMAND, 1) & INPUT_FULL).toBe(0);
  controller.write(DATA, 1, data);
}

export const KEYBOARD_CONTROLLER_CASES: readonly KeyboardControllerCase[] = [
  { name: 'the self-test passes', run: (controller) => expect(ask(controller, 0xaa)).toBe(0x55) },
  {
    name: "the keyboard's interface is good, the auxiliary one has nothing connected: its clock is stuck low",
    run: (controller) => {
      expect(ask(controller, 0xab)).toBe(0x00);
      expect(ask(controller, 0xa9)).toBe(0x01);
    },
  },
  {
    name: 'the command byte reads back, and shows the system flag in the status',
    run: (controller) => {
      tell(controller, 0x60, 0x65);
      expect(ask(controller, 0x20)).toBe(0x65);
      expect(controller.read(COMMAND, 1) & 0x04).toBe(0x04);
    },
  },
  {
    name: 'keyboard and mouse are disabled and enabled in the command byte',
    run: (controller) => {
      tell(controller, 0x60, 0x00);
      controller.write(COMMAND, 1, 0xad);
      controller.write(COMMAND, 1, 0xa7);
      expect(ask(controller, 0x20)).toBe(0x30);
      controller.write(COMMAND, 1, 0xae);
      controller.write(COMMAND, 1, 0xa8);
      expect(ask(controller, 0x20)).toBe(0x00);
    },
  },
  {
    name: 'the output port gates A20',
    run: (controller) => {
      tell(controller, 0xd1, 0x01);
      expect(controller.a20()).toBe(false);
      tell(controller, 0xd1, 0x03);
      expect(controller.a20()).toBe(true);
      expect(ask(controller, 0xd0) & 0x03).toBe(0x03);
      expect(controller.resets()).toBe(0);
    },
  },
  {
    name: 'pulsing bit 0 resets the processor, pulsing nothing does not',
    run: (controller) => {
      controller.write(COMMAND, 1, 0xff);
      expect(controller.resets()).toBe(0);
      controller.write(COMMAND, 1, 0xfe);
      expect(controller.resets()).toBe(1);
    },
  },
];
