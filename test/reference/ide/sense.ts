/** Why a packet command failed: sense key, additional sense code and its qualifier. [SPC-3] 4.5.6, [MMC-3] annex C */
export interface Sense {
  readonly key: number;
  readonly code: number;
  readonly qualifier: number;
}

const NotReady = 0x02;
const MediumError = 0x03;
const IllegalRequest = 0x05;
const UnitAttention = 0x06;

export const NO_SENSE: Sense = { key: 0, code: 0, qualifier: 0 };
export const MEDIUM_NOT_PRESENT: Sense = { key: NotReady, code: 0x3a, qualifier: 0 };
export const REMOVAL_PREVENTED: Sense = { key: IllegalRequest, code: 0x53, qualifier: 2 };
export const UNRECOVERED_READ_ERROR: Sense = { key: MediumError, code: 0x11, qualifier: 0 };
export const INVALID_OPCODE: Sense = { key: IllegalRequest, code: 0x20, qualifier: 0 };
export const ADDRESS_OUT_OF_RANGE: Sense = { key: IllegalRequest, code: 0x21, qualifier: 0 };
export const INVALID_FIELD: Sense = { key: IllegalRequest, code: 0x24, qualifier: 0 };
export const ILLEGAL_MODE_FOR_TRACK: Sense = { key: IllegalRequest, code: 0x64, qualifier: 0 };
export const SAVING_NOT_SUPPORTED: Sense = { key: IllegalRequest, code: 0x39, qualifier: 0 };
/** Not ready to ready change: the disc may be another one. */
export const MEDIUM_MAY_HAVE_CHANGED: Sense = { key: UnitAttention, code: 0x28, qualifier: 0 };
