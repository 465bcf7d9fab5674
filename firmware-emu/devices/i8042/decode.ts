/** The controller's two ports, as offsets from port 60h ([AT-KBC] I/O Address). Between them stands what belongs to others. */
export namespace I8042Port {
  export const DATA: u32 = 0;
  export const COMMAND: u32 = 4;
}
