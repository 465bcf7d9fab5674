import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { Conversation, parseScenario } from '../../experiments/terminal/scenario';
import { DEFAULT_CACHE } from '../../guest/images';
import { consoleUart, type MachineConfig, machineConfig } from '../../hypervisor/config';
import { Machine, type RunResult } from '../../hypervisor/machine';
import { firmwareModule } from '../helpers/firmware-device';

/** Virtual nanoseconds between two looks at the conversation. */
const STEP = 20e6;

export interface Talk {
  machine: Machine;
  /** Everything that the guest printed. */
  console: string;
  finished: boolean;
  result: RunResult;
}

/** Machines whose memory the next one takes over: engines allow only so many gigabyte memories. */
let spare: Machine | undefined;

/**
 * Boot a guest and hold a conversation with it over COM1; it ends with the scenario, with the guest, after `limit` virtual ns, or when
 * `seen` has seen enough.
 */
export async function converse(
  config: Partial<MachineConfig> & { bios: Uint8Array },
  scenario: string,
  limit: number,
  seen: (machine: Machine) => boolean = () => false,
): Promise<Talk> {
  const conversation = new Conversation(parseScenario('of a test', scenario));
  const heard: number[] = [];
  const sink = (byte: number) => {
    heard.push(byte);
    conversation.hear(byte);
  };
  const machine = new Machine(
    machineConfig(await firmwareModule(), config.bios, { ...config, uarts: [consoleUart(sink)] }),
    spare,
  );
  spare = machine;
  const { platform } = machine;
  let result = machine.run(STEP);
  while (
    (result.outcome === 'time' || result.outcome === 'idle') &&
    !conversation.finished &&
    platform.clock.now < limit &&
    !seen(machine)
  ) {
    const text = conversation.speak(platform.clock.now);
    platform.input(
      0,
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    );
    result = machine.run(platform.clock.now + STEP);
  }
  return { machine, console: String.fromCharCode(...heard), finished: conversation.finished, result };
}

/** Tests that need a guest from Debian packages: skipped loudly without it, failed if SELFIO_REQUIRE_GUESTS is 1. */
export function describeWithGuest(guest: string, name: string, tests: () => void): void {
  if (existsSync(`${DEFAULT_CACHE}/${guest}/stamp.json`)) {
    describe(name, tests);
    return;
  }
  const message = `${name}: SKIPPED, because the guest ${guest} is not there; run \`npm run guests -- ${guest}\``;
  if (process.env.SELFIO_REQUIRE_GUESTS === '1') throw new Error(message);
  process.stderr.write(`\n*** ${message}\n\n`);
  describe.skip(name, tests);
}
