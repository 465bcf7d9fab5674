/** Writer for the kernel's initramfs format: cpio "newc" ([Linux] Documentation/driver-api/early-userspace/buffer-format). */

const FILE = 0o100000;
const DIRECTORY = 0o040000;
const SYMBOLIC_LINK = 0o120000;
const CHARACTER_DEVICE = 0o020000;

interface Entry {
  readonly name: string;
  /** File type and permission bits. */
  readonly mode: number;
  readonly data: Uint8Array;
  readonly major: number;
  readonly minor: number;
}

const NO_DATA = new Uint8Array(0);

/** An archive under construction. Names are paths without a leading slash; owners are root, times are zero. */
export class CpioWriter {
  private readonly entries: Entry[] = [];

  directory(name: string): this {
    return this.add(name, DIRECTORY | 0o755, NO_DATA);
  }

  file(name: string, data: Uint8Array, permissions = 0o644): this {
    return this.add(name, FILE | permissions, data);
  }

  link(name: string, target: string): this {
    return this.add(name, SYMBOLIC_LINK | 0o777, Buffer.from(target));
  }

  device(name: string, major: number, minor: number): this {
    return this.add(name, CHARACTER_DEVICE | 0o600, NO_DATA, major, minor);
  }

  /** The whole archive, with its trailer. */
  finish(): Buffer {
    const trailer: Entry = { name: 'TRAILER!!!', mode: 0, data: NO_DATA, major: 0, minor: 0 };
    return Buffer.concat(
      [...this.entries, trailer].flatMap((entry, index) => [header(entry, index + 1), padded(entry.data)]),
    );
  }

  private add(name: string, mode: number, data: Uint8Array, major = 0, minor = 0): this {
    this.entries.push({ name, mode, data, major, minor });
    return this;
  }
}

/** Magic, thirteen fields of eight hexadecimal digits, the name with its NUL; padded to a multiple of four. */
function header(entry: Entry, inode: number): Buffer {
  const links = (entry.mode & DIRECTORY) === DIRECTORY ? 2 : 1;
  const owner = [0, 0];
  const time = 0;
  const archiveDevice = [0, 0];
  const name = Buffer.from(`${entry.name}\0`);
  const fields = [inode, entry.mode, ...owner, links, time, entry.data.length, ...archiveDevice];
  fields.push(entry.major, entry.minor, name.length, 0);
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return padded(Buffer.concat([Buffer.from(`070701${digits}`), name]));
}

function padded(data: Uint8Array): Buffer {
  const padding = (4 - (data.length % 4)) % 4;
  return Buffer.concat([data, Buffer.alloc(padding)]);
}
