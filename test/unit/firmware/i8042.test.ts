import { describe, expect, it } from 'vitest';
import { FirmwareDevice } from '../../helpers/firmware-device';

const DATA = 0x60;
const STATUS = 0x64;
const OUTPUT_FULL = 0x01;

/** Everything that the controller has to say. */
function drain(device: FirmwareDevice): number[] {
  const bytes: number[] = [];
  while (device.read(STATUS) & OUTPUT_FULL) bytes.push(device.read(DATA));
  return bytes;
}

function ask(device: FirmwareDevice, command: number, ...parameters: number[]): number[] {
  device.write(STATUS, command);
  for (const parameter of parameters) device.write(DATA, parameter);
  return drain(device);
}

function keyboard(device: FirmwareDevice, ...bytes: number[]): number[] {
  for (const byte of bytes) device.write(DATA, byte);
  return drain(device);
}

async function controller(): Promise<{ device: FirmwareDevice; a20: boolean[] }> {
  const device = await FirmwareDevice.create();
  const a20: boolean[] = [];
  device.platform.processor = { interruptible: false, setAddressLine20: (open) => a20.push(open) };
  return { device, a20 };
}

describe('the controller', () => {
  it('passes its self test and says so in the status', async () => {
    const { device } = await controller();
    expect(device.read(STATUS)).toBe(0x18);
    expect(ask(device, 0xaa)).toEqual([0x55]);
    expect(device.read(STATUS)).toBe(0x1c);
    expect(ask(device, 0xab)).toEqual([0x00]);
  });

  it('keeps its command byte', async () => {
    const { device } = await controller();
    ask(device, 0x60, 0x41);
    expect(ask(device, 0x20)).toEqual([0x41]);
    ask(device, 0xad);
    expect(ask(device, 0x20)).toEqual([0x51]);
    ask(device, 0xae);
    ask(device, 0xa7);
    expect(ask(device, 0x20)).toEqual([0x61]);
    ask(device, 0xa8);
    expect(ask(device, 0x20)).toEqual([0x41]);
  });

  it('moves address line 20 by its output port, and port 92h moves it too', async () => {
    const { device, a20 } = await controller();
    expect(ask(device, 0xd0)).toEqual([0xcf]);
    ask(device, 0xd1, 0xdd);
    ask(device, 0xd1, 0xdf);
    ask(device, 0xdd);
    ask(device, 0xdf);
    device.write(0x92, 0x00);
    device.write(0x92, 0x02);
    expect(a20).toEqual([false, true, false, true, false, true]);
    expect(device.read(0x92)).toBe(0x02);
  });

  it.each([
    ['pulse FEh', (device: FirmwareDevice) => device.write(STATUS, 0xfe)],
    ['output port bit 0', (device: FirmwareDevice) => ask(device, 0xd1, 0xde)],
    ['port 92h bit 0', (device: FirmwareDevice) => device.write(0x92, 0x01)],
  ])('%s resets the machine', async (_, reset) => {
    const { device } = await controller();
    reset(device);
    expect(device.platform.stop?.kind).toBe('reset');
  });

  it('pulses that leave the reset line alone do nothing', async () => {
    const { device } = await controller();
    ask(device, 0xff);
    ask(device, 0xfd);
    expect(device.platform.stop).toBeUndefined();
  });

  it('answers at once that there is no auxiliary device', async () => {
    const { device } = await controller();
    expect(ask(device, 0xa9)).toEqual([0x01]);
    device.write(STATUS, 0xd3);
    device.write(DATA, 0x5a);
    expect(device.read(STATUS) & 0x21).toBe(0x01);
    expect(drain(device)).toEqual([0x5a]);
    device.write(STATUS, 0xd4);
    device.write(DATA, 0xff);
    expect(device.read(STATUS) & 0x61).toBe(0x61);
    expect(drain(device)).toEqual([0xfe]);
  });

  it('ignores commands that it does not know', async () => {
    const { device } = await controller();
    for (let command = 0; command < 0x20; command++) expect(ask(device, command)).toEqual([]);
    expect(ask(device, 0xaa)).toEqual([0x55]);
  });

  it('a second command takes the place of one that waits for its parameter', async () => {
    const { device } = await controller();
    device.write(STATUS, 0x60);
    expect(ask(device, 0x20)).toEqual([0x03]);
    expect(keyboard(device, 0xee)).toEqual([0xee]);
  });
});

describe('the keyboard', () => {
  it('resets, identifies itself and acknowledges', async () => {
    const { device } = await controller();
    expect(keyboard(device, 0xff)).toEqual([0xfa, 0xaa]);
    expect(keyboard(device, 0xf2)).toEqual([0xfa, 0xab, 0x83]);
    expect(keyboard(device, 0xed, 0x07)).toEqual([0xfa, 0xfa]);
    expect(keyboard(device, 0xf3, 0x20)).toEqual([0xfa, 0xfa]);
    expect(keyboard(device, 0xf4)).toEqual([0xfa]);
    expect(keyboard(device, 0xf5)).toEqual([0xfa]);
    expect(keyboard(device, 0xf0, 0x00)).toEqual([0xfa, 0xfa, 0x02]);
    expect(keyboard(device, 0xf0, 0x01)).toEqual([0xfa, 0xfa]);
    expect(keyboard(device, 0xf0, 0x00)).toEqual([0xfa, 0xfa, 0x01]);
    expect(keyboard(device, 0xee)).toEqual([0xee]);
    expect(keyboard(device, 0x01)).toEqual([0xfe]);
    expect(keyboard(device, 0xfe), 'the byte before the request for a repetition').toEqual([0xee]);
    expect(keyboard(device, 0xf0, 0x04), 'a scan code set that does not exist').toEqual([0xfa, 0xfe]);
    expect(ask(device, 0xc0), 'input port').toEqual([0xa0]);
  });

  it('raises IRQ 1 for each byte while that is enabled', async () => {
    const { device } = await controller();
    ask(device, 0x60, 0x01);
    device.edges.length = 0;
    device.write(DATA, 0xf2);
    expect(device.edges).toEqual([2]);
    device.read(DATA);
    expect(device.edges).toEqual([2, -2, 2]);
    drain(device);
    expect(device.irq(1)).toBe(0);
    ask(device, 0x60, 0x00);
    device.write(DATA, 0xf4);
    expect(device.irq(1)).toBe(0);
  });

  it('is silent while it is disabled, and writing to it enables it', async () => {
    const { device } = await controller();
    device.write(DATA, 0xff);
    device.read(DATA);
    ask(device, 0xad);
    expect(drain(device)).toEqual([]);
    expect(ask(device, 0xae)).toEqual([]);
    ask(device, 0xad);
    expect(keyboard(device, 0xee)).toEqual([0xee]);
  });

  it('its buffer never overflows', async () => {
    const { device } = await controller();
    for (let index = 0; index < 100; index++) device.write(DATA, 0xf2);
    expect(drain(device).length).toBe(17);
    expect(keyboard(device, 0xee)).toEqual([0xee]);
  });
});

describe('the bus', () => {
  it('only eight lines carry data', async () => {
    const { device } = await controller();
    expect(device.read(STATUS, 2)).toBe(0xff18);
    expect(device.read(STATUS, 4)).toBe(0xffffff18);
    expect(device.read(0x92, 2)).toBe(0xff00);
  });
});
