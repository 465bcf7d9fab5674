import type { MachineConfig, UartConfig } from '../../../hypervisor/config';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';
import { FirmwareDevice } from '../../helpers/firmware-device';
import { Noise, UnreliableDisk } from '../../helpers/noise';

/** Every device that the firmware has. */
const ALL_DEVICES = 0x0ffe;
const SECTORS = 4096;

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);
const PORTS: readonly number[] = [
  ...[...range(0x20, 2), ...range(0x40, 4), 0x60, 0x61, 0x64, 0x70, 0x71, 0x92, ...range(0xa0, 2)],
  ...[...range(0x170, 8), ...range(0x1f0, 8), 0x376, 0x3f6, ...range(0x4d0, 2), ...range(0x510, 12)],
  ...[...range(0x2e8, 8), ...range(0x2f8, 8), ...range(0x3e8, 8), ...range(0x3f8, 8)],
  ...[...range(0xcf8, 8), ...range(0xb000, 12), ...range(0xc000, 16), 0xb2, 0xb3, 0x402, 0x404],
];
const HPET = 0xfed0_0000;
const WIDTHS = [1, 1, 1, 1, 2, 4] as const;
/** [ATA-6] commands that move data or wait for the medium, so that they come up more often than by chance. */
const COMMANDS = [
  0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39, 0xa0, 0xa0, 0xc4, 0xc5, 0xc8, 0xca, 0xe7, 0xec,
] as const;
const COMMAND_PORTS: readonly number[] = [0x1f7, 0x177];
/** Ports whose every other value would end the run: resets, and the switch of a whole channel. */
const CONTROL_PORTS: readonly number[] = [0x64, 0x92, 0x376, 0x3f6, 0xb004, 0xb005];

/** A machine with everything, whose guest does anything. */
export class NoisyMachine {
  /** Accesses that the guest has made. */
  accesses = 0;
  /** Times that the guest has reset its machine, or switched it off. */
  restarts = 0;

  private constructor(
    readonly device: FirmwareDevice,
    private readonly noise: Noise,
  ) {}

  /** @param answers the back-ends of the disks answer, be it with an error */
  static async create(seed: number, answers: boolean): Promise<NoisyMachine> {
    const noise = new Noise(seed);
    const uart = (model: number, changes: Partial<UartConfig>): UartConfig => ({
      ...{ model, sink: () => {}, lineRate: false, lossy: false },
      ...changes,
    });
    const disk = (cdrom: boolean) => ({ disk: new UnreliableDisk(SECTORS, noise), cdrom });
    const config: Partial<MachineConfig> = {
      devices: ALL_DEVICES,
      drives: [disk(false), disk(true), disk(false), undefined],
      uarts: [
        uart(3, {}),
        uart(3, { lineRate: true }),
        uart(2, { lossy: true }),
        uart(1, { lineRate: true, lossy: true }),
      ],
      ramBytes: 4 * 2 ** 20,
      ...(answers ? {} : { cost: { ...FREE_TRANSITIONS, diskRequest: 1e15 } }),
    };
    return new NoisyMachine(await FirmwareDevice.create(config), noise);
  }

  /** One deed of the guest, of the outside, or of time. A machine that was reset or switched off is started again. */
  act(): void {
    const { noise, device } = this;
    const kind = noise.below(40);
    if (kind < 18) this.read();
    else if (kind < 36) this.write();
    else if (kind < 39) device.advance(noise.below(100) > 0 ? noise.below(20_000) : noise.below(2_000_000));
    else
      device.receive(
        noise.below(4),
        Uint8Array.from({ length: noise.below(20) }, () => noise.below(256)),
      );
    if (device.platform.stop === undefined) return;
    this.restarts++;
    device.platform.reset();
  }

  private read(): void {
    const { noise, device } = this;
    this.accesses++;
    if (noise.below(30) === 0) device.readMemory(HPET + 4 * noise.below(96), noise.of(WIDTHS));
    else device.read(noise.of(PORTS), noise.of(WIDTHS));
  }

  private write(): void {
    const { noise, device } = this;
    this.accesses++;
    const value = noise.below(3) > 0 ? noise.below(256) : noise.below(2 ** 32);
    if (noise.below(30) === 0) device.writeMemory(HPET + 4 * noise.below(96), value, noise.of(WIDTHS));
    else this.writePort(noise.of(PORTS), value);
  }

  private writePort(port: number, value: number): void {
    const { noise, device } = this;
    if (COMMAND_PORTS.includes(port)) device.write(port, noise.of(COMMANDS));
    else if (CONTROL_PORTS.includes(port)) device.write(port, noise.below(20) > 0 ? 0 : value & 0xff);
    else device.write(port, value, noise.of(WIDTHS));
  }
}
