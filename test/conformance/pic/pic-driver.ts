import type { UnderTest } from '../../helpers/device-program/steps';

export type Chip = 'master' | 'slave';
const PORTS = { master: 0x20, slave: 0xa0 } as const;
const EDGE_LEVEL = { master: 0x4d0, slave: 0x4d1 } as const;

/** What an operating system does to the two 8259A of a PC. */
export class PicDriver {
  constructor(readonly subject: UnderTest) {
    subject.reset();
    subject.interrupt();
  }

  private write(chip: Chip, a0: 0 | 1, value: number): void {
    this.subject.write(PORTS[chip] + a0, 1, value);
  }

  /** ICW1 to ICW4 of one chip; `icw4` 1 is plain 8086 mode. */
  initialize(chip: Chip, vectors: number, icw4 = 0x01): void {
    this.write(chip, 0, 0x11);
    this.write(chip, 1, vectors);
    this.write(chip, 1, chip === 'master' ? 0x04 : 0x02);
    this.write(chip, 1, icw4);
  }

  /** Both chips as operating systems do it: vectors 20h and 28h, nothing masked. */
  initializeBoth(masterIcw4 = 0x01, slaveIcw4 = 0x01): void {
    this.initialize('master', 0x20, masterIcw4);
    this.initialize('slave', 0x28, slaveIcw4);
  }

  mask(chip: Chip, value: number): void {
    this.write(chip, 1, value);
  }
  command(chip: Chip, value: number): void {
    this.write(chip, 0, value);
  }
  readMask(chip: Chip): number {
    return this.subject.read(PORTS[chip] + 1, 1);
  }
  requests(chip: Chip): number {
    this.command(chip, 0x0a);
    return this.subject.read(PORTS[chip], 1);
  }
  inService(chip: Chip): number {
    this.command(chip, 0x0b);
    return this.subject.read(PORTS[chip], 1);
  }
  poll(chip: Chip): number {
    this.command(chip, 0x0c);
    return this.subject.read(PORTS[chip], 1);
  }
  endOfInterrupt(chip: Chip): void {
    this.command(chip, 0x20);
  }
  specificEndOfInterrupt(chip: Chip, level: number): void {
    this.command(chip, 0x60 | level);
  }
  edgeLevel(chip: Chip, value: number): void {
    this.subject.write(EDGE_LEVEL[chip], 1, value);
  }
  readEdgeLevel(chip: Chip): number {
    return this.subject.read(EDGE_LEVEL[chip], 1);
  }

  raise(...lines: number[]): void {
    for (const line of lines) this.subject.stimulate({ kind: 'input', line, level: true });
  }
  lower(...lines: number[]): void {
    for (const line of lines) this.subject.stimulate({ kind: 'input', line, level: false });
  }
  /** Level of INTR. */
  interrupt(): boolean {
    return (this.subject.interrupt() & 1) !== 0;
  }
  acknowledge(): number {
    return this.subject.acknowledge!();
  }
}
