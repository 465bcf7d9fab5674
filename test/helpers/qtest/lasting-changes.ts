export const SET_FEATURES = 0xef;
export const INITIALIZE_DEVICE_PARAMETERS = 0x91;
const SMART = 0xb0;
const PACKET = 0xa0;
const DMA_COMMANDS: readonly number[] = [0x06, 0x25, 0x35, 0xc8, 0xc9, 0xca, 0xcb];

const COMMAND_PORTS: readonly number[] = [0x1f7, 0x177];
const FEATURES_PORTS: readonly number[] = [0x1f1, 0x171];
const WRITE_CACHE_FEATURES: readonly number[] = [0x02, 0x82];
const CONFIG_DATA = 0xcfc;

/** What a program may have changed in QEMU's IDE that a reset of the machine does not undo. */
export class LastingChanges {
  private settings = false;
  private unrestorable = false;
  private dma = false;
  private pci = false;
  private feature = 0;

  /** The program wrote `value` to a port. */
  note(port: number, value: number): void {
    if (FEATURES_PORTS.includes(port)) this.feature = value;
    else if (port >= CONFIG_DATA && port < CONFIG_DATA + 4) this.pci = true;
    else if (COMMAND_PORTS.includes(port)) this.noteCommand(value);
  }

  /**
   * Logs, trays and sense data; the mark that the write cache commands leave in a CD-ROM drive's identification; and a
   * DMA command whose engine the guest could no longer reach, because a reset does not make QEMU forget it.
   */
  get needNewProcess(): boolean {
    return this.unrestorable || (this.dma && this.pci);
  }

  /** Transfer modes, the write cache and the translation, which commands can set back. */
  get areSettings(): boolean {
    return this.settings;
  }

  clear(): void {
    this.settings = false;
    this.unrestorable = false;
    this.dma = false;
    this.pci = false;
  }

  private noteCommand(code: number): void {
    if (code === SET_FEATURES || code === INITIALIZE_DEVICE_PARAMETERS) this.settings = true;
    if (code === SET_FEATURES && WRITE_CACHE_FEATURES.includes(this.feature)) this.unrestorable = true;
    if (code === SMART || code === PACKET) this.unrestorable = true;
    if (DMA_COMMANDS.includes(code)) this.dma = true;
  }
}
