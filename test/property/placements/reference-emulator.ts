import { DEVICE_IDE, DEVICE_PIT, DEVICE_RTC, DEVICE_UART } from '../../../hypervisor/abi/devices';
import type { Emulator, EmulatorConfig, EmulatorMachine } from '../../../hypervisor/placement/emulator';
import {
  type AccessWidth,
  type DiskRequest,
  DiskStatus,
  type ReferenceDevice,
  type ReferenceDisk,
} from '../../reference/contract';
import { PiixIde } from '../../reference/ide/piix-ide';
import { Pit8254 } from '../../reference/pit/pit';
import { Rtc146818 } from '../../reference/rtc/rtc';
import { BackPressure, UartModel } from '../../reference/uart/registers';
import { TransmitterTiming } from '../../reference/uart/transmitter';
import { Uart16550 } from '../../reference/uart/uart';

/** A medium in memory that answers at once. */
class InstantMedium implements ReferenceDisk {
  readonly sectorBytes = 512;
  readonly readOnly = false;
  readonly sectors: number;

  constructor(private readonly bytes: Uint8Array) {
    this.sectors = bytes.length / 512;
  }

  submit({ operation, sector, buffer }: DiskRequest, done: (status: DiskStatus) => void): void {
    if (operation === 'read') buffer.set(this.bytes.subarray(sector * 512, sector * 512 + buffer.length));
    if (operation === 'write') this.bytes.set(buffer, sector * 512);
    done(DiskStatus.Ok);
  }
}

/** COM1, timer, clock and disk controller of the independent reference emulator, as one out-of-guest process. */
class ReferenceMachine implements Emulator {
  private readonly devices: readonly (readonly [decodes: (port: number) => boolean, device: ReferenceDevice])[];

  constructor(machine: EmulatorMachine, disk: Uint8Array, transmit: (value: number) => void) {
    const environment = { ...machine, now: () => machine.now() };
    const uart = new Uart16550(
      environment,
      { transmit },
      {
        base: 0x3f8,
        irq: 4,
        model: UartModel.Ns16550A,
        timing: TransmitterTiming.Instant,
        backPressure: BackPressure.Blocking,
      },
    );
    const medium = new InstantMedium(disk);
    const identity = { model: 'selfio disk', serial: 'SELFIO0', firmware: '1.0' };
    const geometry = { cylinders: 1, heads: 16, sectorsPerTrack: 63 };
    const drive = { kind: 'disk' as const, slot: 0 as const, identity, geometry, medium };
    const isIde = (port: number) => (port & 0xff78) === 0x170 || (port | 0x80) === 0x3f6;
    this.devices = [
      [(port) => (port & 0xfff8) === 0x3f8, uart],
      [isIde, new PiixIde(environment, [drive])],
      [(port) => (port & 0xfffc) === 0x40 || port === 0x61, new Pit8254(environment, 0)],
      [(port) => (port & 0xfffe) === 0x70, new Rtc146818(environment, 8)],
    ];
  }

  read(address: number, width: number): number {
    return this.at(address)?.read(address, width as AccessWidth) ?? 0xffffffff >>> (32 - 8 * width);
  }

  write(address: number, width: number, value: number): void {
    this.at(address)?.write(address, width as AccessWidth, value);
  }

  nextDeadline(): number | undefined {
    const deadlines = this.devices.flatMap(([, device]) => device.nextDeadline() ?? []);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  advanceTo(ns: number): void {
    for (const [, device] of this.devices) device.advanceTo(ns);
  }

  reset(): void {
    for (const [, device] of this.devices) device.reset();
  }

  private at(address: number): ReferenceDevice | undefined {
    return this.devices.find(([decodes]) => decodes(address))?.[1];
  }
}

/** The reference emulator, to be hosted by out-of-guest processes. */
export function referenceEmulator(disk: Uint8Array, transmit: (value: number) => void): EmulatorConfig {
  return {
    devices: (1 << DEVICE_UART) | (1 << DEVICE_IDE) | (1 << DEVICE_PIT) | (1 << DEVICE_RTC),
    create: (machine) => new ReferenceMachine(machine, disk, transmit),
  };
}
