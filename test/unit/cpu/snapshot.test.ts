/** save and restore: at any instruction, and while the vCPU waits for a device, the rest of the run is the same. */
import { describe, expect, it } from 'vitest';
import {
  BUDGET,
  DEVICE,
  EBX,
  EDX,
  flatMachine,
  HALT,
  type Machine,
  MEMORY_READ,
  MEMORY_WRITE,
  PORT_READ,
  PORT_WRITE,
  registers,
} from './machine';

/** Loops, the stack, a device page, ports, string I/O, flags. */
const PROGRAM = `
    B9 03 00 00 00           ; mov ecx, 3
    51                       ; again: push ecx
    FF 03                    ; inc dword [ebx]
    EC                       ; in al, dx
    01 C5                    ; add ebp, eax
    BF 00 40 00 00           ; mov edi, 4000h
    B9 06 00 00 00           ; mov ecx, 6
    F3 6C                    ; rep insb
    11 2D 00 50 00 00        ; adc [5000h], ebp
    EE                       ; out dx, al
    59                       ; pop ecx
    E2 E4                    ; loop again
    F4                       ; hlt
`;

function fresh(): Machine {
  const machine = flatMachine(PROGRAM);
  machine.set(EBX, DEVICE);
  machine.set(EDX, 0x60);
  return machine;
}

/** A device whose answers follow from its own count of reads. How string I/O is divided into batches does not matter to it. */
class Environment {
  accesses = 0;
  readonly written: number[] = [];

  answer(machine: Machine, reason: number): void {
    const { vcpu } = machine;
    if (reason === MEMORY_READ || (reason === PORT_READ && vcpu.exit.runCount === 0)) {
      this.accesses++;
      vcpu.completeRead(this.accesses * 0x1234_5679);
    } else if (reason === PORT_READ) {
      const done = Math.min(4, vcpu.exit.count);
      machine.memory.bytes.fill(this.accesses, vcpu.exit.runs[0], vcpu.exit.runs[0] + done);
      vcpu.completeString(done);
    } else {
      this.written.push(vcpu.exit.address, vcpu.exit.value);
      vcpu.completeWrite();
    }
  }
}

function finish(machine: Machine, environment: Environment): unknown {
  for (;;) {
    const reason = machine.run();
    if (reason === HALT) break;
    expect([PORT_READ, PORT_WRITE, MEMORY_READ, MEMORY_WRITE]).toContain(reason);
    environment.answer(machine, reason);
  }
  return [[...registers(machine.vcpu)], machine.vcpu.instructions, machine.read32(0x5000), environment.written];
}

describe('a restored vCPU', () => {
  const expected = finish(fresh(), new Environment());
  const original = fresh();
  const copy = fresh();
  const start = original.vcpu.save();

  /** Copies memory and the vCPU's state, by way of JSON, and continues on the copy. */
  function continuesEqually(environment: Environment): void {
    copy.memory.bytes.set(original.memory.bytes);
    copy.vcpu.restore(JSON.parse(JSON.stringify(original.vcpu.save())));
    const twin = new Environment();
    twin.accesses = environment.accesses;
    twin.written.push(...environment.written);
    expect(finish(copy, twin)).toEqual(expected);
  }

  it('continues like the original from any instruction', () => {
    for (let steps = 1; steps < 40; steps += 3) {
      original.vcpu.restore(start);
      original.write32(0x5000, 0);
      const environment = new Environment();
      for (let done = 0; done < steps; done++) {
        const reason = original.vcpu.run(1);
        if (reason !== BUDGET) environment.answer(original, reason);
      }
      continuesEqually(environment);
    }
  });

  it('still waits for the same device, and may have had half of an instruction answered', () => {
    for (let exits = 1; exits < 14; exits++) {
      original.vcpu.restore(start);
      original.write32(0x5000, 0);
      const environment = new Environment();
      for (let seen = 1; ; seen++) {
        const reason = original.run();
        if (seen === exits) break;
        environment.answer(original, reason);
      }
      continuesEqually(environment);
    }
  });
});
