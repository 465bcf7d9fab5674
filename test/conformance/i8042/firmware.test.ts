import { beforeAll, describe, it } from 'vitest';
import { FirmwareDevice, firmwareModule } from '../../helpers/firmware-device';
import { KEYBOARD_CONTROLLER_CASES, type KeyboardControllerUnderTest } from './cases';

function controller(module: WebAssembly.Module): KeyboardControllerUnderTest {
  const device = new FirmwareDevice(module);
  let a20 = true;
  device.platform.processor = {
    interruptible: false,
    setAddressLine20: (open) => {
      a20 = open;
    },
  };
  return {
    read: (port, width) => device.read(port, width),
    write: (port, width, value) => device.write(port, value, width),
    a20: () => a20,
    resets: () => (device.platform.stop?.kind === 'reset' ? 1 : 0),
  };
}

describe('firmware keyboard controller: what PC firmware expects', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(KEYBOARD_CONTROLLER_CASES)('$name', ({ run }) => {
    run(controller(module));
  });
});
