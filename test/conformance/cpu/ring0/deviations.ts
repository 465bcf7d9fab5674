/**
 * Where QEMU's TCG is not the processor of the manual: what the image prints there, what it has to print, and the clause that says
 * so. Lines are named by their text up to the colon; those of a loop by the heading and their first field.
 */
export interface Deviation {
  /** As QEMU prints it. */
  readonly qemu: string;
  readonly expected: string;
  readonly clause: string;
}

export const DEVIATIONS: readonly Deviation[] = [];
