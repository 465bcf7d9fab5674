import { FirmwareDevice } from '../../helpers/firmware-device';
import type { KeyboardControllerUnderTest } from './cases';

/** The firmware's keyboard controller, and what it does to the processor. */
export function firmwareKeyboardController(module: WebAssembly.Module): KeyboardControllerUnderTest {
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
