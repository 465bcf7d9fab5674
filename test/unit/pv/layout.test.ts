import { describe, expect, test } from 'vitest';
import * as block from '../../../pv-drivers/protocol/block';
import * as xencons from '../../../pv-drivers/protocol/console';
import * as grants from '../../../pv-drivers/protocol/grant-table';
import * as ioreq from '../../../pv-drivers/protocol/ioreq';
import * as ring from '../../../pv-drivers/protocol/ring';

/**
 * A C structure as a 32-bit x86 compiler lays it out ([System V ABI i386] 3: no member is aligned to more than 4 bytes).
 * The declarations below repeat Xen's public headers member by member, so the offsets are derived, not copied.
 */
function structure(...members: [name: string, bytes: number, count?: number][]) {
  const offsets: Record<string, number> = {};
  let end = 0;
  let widest = 1;
  for (const [name, bytes, count = 1] of members) {
    const alignment = Math.min(bytes & -bytes, 4);
    widest = Math.max(widest, alignment);
    end = Math.ceil(end / alignment) * alignment;
    offsets[name] = end;
    end += bytes * count;
  }
  return { offsets, size: Math.ceil(end / widest) * widest };
}

describe('[Xen] public/io/ring.h', () => {
  test('header', () => {
    const { offsets, size } = structure(
      ['req_prod', 4],
      ['req_event', 4],
      ['rsp_prod', 4],
      ['rsp_event', 4],
      ['pvt', 1, 4],
      ['pad', 1, 44],
    );
    expect(ring).toMatchObject({
      RING_REQ_PROD: offsets.req_prod,
      RING_REQ_EVENT: offsets.req_event,
      RING_RSP_PROD: offsets.rsp_prod,
      RING_RSP_EVENT: offsets.rsp_event,
      RING_ENTRIES: size,
    });
    expect(size).toBe(64);
  });
});

describe('[Xen] public/io/blkif.h for x86_32', () => {
  const segment = structure(['gref', 4], ['first_sect', 1], ['last_sect', 1]);
  const request = structure(
    ['operation', 1],
    ['nr_segments', 1],
    ['handle', 2],
    ['id', 8],
    ['sector_number', 8],
    ['seg', 8, 11],
  );
  const response = structure(['id', 8], ['operation', 1], ['status', 2]);

  test('segment', () => {
    expect(block).toMatchObject({
      BLKIF_SEGMENT_GREF: segment.offsets.gref,
      BLKIF_SEGMENT_FIRST_SECT: segment.offsets.first_sect,
      BLKIF_SEGMENT_LAST_SECT: segment.offsets.last_sect,
      BLKIF_SEGMENT_SIZE: segment.size,
    });
    expect(segment.size).toBe(8);
  });

  test('request', () => {
    expect(block).toMatchObject({
      BLKIF_REQUEST_OPERATION: request.offsets.operation,
      BLKIF_REQUEST_NR_SEGMENTS: request.offsets.nr_segments,
      BLKIF_REQUEST_HANDLE: request.offsets.handle,
      BLKIF_REQUEST_ID: request.offsets.id,
      BLKIF_REQUEST_SECTOR: request.offsets.sector_number,
      BLKIF_REQUEST_SEGMENTS: request.offsets.seg,
      BLKIF_MAX_SEGMENTS_PER_REQUEST: 11,
      BLKIF_SECTOR_SIZE: 512,
      BLKIF_SECTOR_SHIFT: 9,
    });
    expect(request.size).toBe(108);
  });

  test('indirect request', () => {
    const { offsets, size } = structure(
      ['operation', 1],
      ['indirect_op', 1],
      ['nr_segments', 2],
      ['id', 8],
      ['sector_number', 8],
      ['handle', 2],
      ['indirect_grefs', 4, 8],
      ['pad', 8],
    );
    expect(block).toMatchObject({
      BLKIF_INDIRECT_OP: offsets.indirect_op,
      BLKIF_INDIRECT_NR_SEGMENTS: offsets.nr_segments,
      BLKIF_INDIRECT_HANDLE: offsets.handle,
      BLKIF_INDIRECT_GREFS: offsets.indirect_grefs,
      BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST: 8,
      BLKIF_SEGMENTS_PER_INDIRECT_PAGE: 4096 / segment.size,
      BLKIF_MAX_INDIRECT_SEGMENTS: 256,
    });
    expect([offsets.id, offsets.sector_number]).toEqual([request.offsets.id, request.offsets.sector_number]);
    expect(size).toBe(64);
  });

  test('discard request', () => {
    const { offsets } = structure(
      ['operation', 1],
      ['flag', 1],
      ['handle', 2],
      ['id', 8],
      ['sector_number', 8],
      ['nr_sectors', 8],
    );
    expect(block).toMatchObject({
      BLKIF_DISCARD_FLAG: offsets.flag,
      BLKIF_DISCARD_SECURE: 1,
      BLKIF_DISCARD_NR_SECTORS: offsets.nr_sectors,
    });
  });

  test('response', () => {
    expect(block).toMatchObject({
      BLKIF_RESPONSE_ID: response.offsets.id,
      BLKIF_RESPONSE_OPERATION: response.offsets.operation,
      BLKIF_RESPONSE_STATUS: response.offsets.status,
    });
  });

  test('entries of a page: rounded down to a power of two (__CONST_RING_SIZE)', () => {
    const entry = Math.max(request.size, response.size);
    expect(block.BLKIF_ENTRY_SIZE).toBe(entry);
    expect(block.BLKIF_RING_SIZE).toBe(2 ** Math.floor(Math.log2((4096 - 64) / entry)));
  });

  test('operations and status codes', () => {
    expect(block).toMatchObject({
      BLKIF_OP_READ: 0,
      BLKIF_OP_WRITE: 1,
      BLKIF_OP_WRITE_BARRIER: 2,
      BLKIF_OP_FLUSH: 3,
      BLKIF_OP_DISCARD: 5,
      BLKIF_OP_INDIRECT: 6,
      BLKIF_RSP_OKAY: 0,
      BLKIF_RSP_ERROR: -1,
      BLKIF_RSP_EOPNOTSUPP: -2,
    });
  });
});

test('[Xen] public/io/console.h', () => {
  const { offsets } = structure(
    ['in', 1, 1024],
    ['out', 1, 2048],
    ['in_cons', 4],
    ['in_prod', 4],
    ['out_cons', 4],
    ['out_prod', 4],
  );
  expect(xencons).toMatchObject({
    XENCONS_IN: offsets.in,
    XENCONS_IN_SIZE: 1024,
    XENCONS_OUT: offsets.out,
    XENCONS_OUT_SIZE: 2048,
    XENCONS_IN_CONS: offsets.in_cons,
    XENCONS_IN_PROD: offsets.in_prod,
    XENCONS_OUT_CONS: offsets.out_cons,
    XENCONS_OUT_PROD: offsets.out_prod,
  });
});

test('[Xen] public/grant_table.h, version 1', () => {
  const { offsets, size } = structure(['flags', 2], ['domid', 2], ['frame', 4]);
  expect(grants).toMatchObject({
    GRANT_ENTRY_SIZE: size,
    GRANT_ENTRY_FLAGS: offsets.flags,
    GRANT_ENTRY_DOMID: offsets.domid,
    GRANT_ENTRY_FRAME: offsets.frame,
    GTF_INVALID: 0,
    GTF_PERMIT_ACCESS: 1,
    GTF_TYPE_MASK: 3,
    GTF_READONLY: 1 << 2,
    GTF_READING: 1 << 3,
    GTF_WRITING: 1 << 4,
    GNTTAB_NR_RESERVED_ENTRIES: 8,
    DOMID_DOMAIN0: 0,
  });
});

describe('[Xen] public/hvm/ioreq.h', () => {
  test('ioreq', () => {
    const { offsets, size } = structure(
      ['addr', 8],
      ['data', 8],
      ['count', 4],
      ['size', 4],
      ['vp_eport', 4],
      ['pad0', 2],
      ['state', 1], // bit fields: state 4, data_is_ptr 1, dir 1, df 1, pad 1
      ['type', 1],
    );
    expect(ioreq).toMatchObject({
      IOREQ_SIZE: size,
      IOREQ_ADDR: offsets.addr,
      IOREQ_DATA: offsets.data,
      IOREQ_COUNT: offsets.count,
      IOREQ_ELEMENT_SIZE: offsets.size,
      IOREQ_VP_EPORT: offsets.vp_eport,
      IOREQ_STATE: offsets.state,
      IOREQ_TYPE: offsets.type,
      IOREQ_STATE_MASK: (1 << 4) - 1,
      IOREQ_DATA_IS_PTR: 1 << 4,
      IOREQ_DIR_READ: 1 << 5,
      IOREQ_DF: 1 << 6,
      STATE_IOREQ_NONE: 0,
      STATE_IOREQ_READY: 1,
      STATE_IOREQ_INPROCESS: 2,
      STATE_IORESP_READY: 3,
      IOREQ_TYPE_PIO: 0,
      IOREQ_TYPE_COPY: 1,
    });
  });

  test('buffered ioreqs fill a page: type 8 bits, pad 1, dir 1, size 2, addr 20, then data', () => {
    expect(ioreq).toMatchObject({
      BUFIOREQ_READ_POINTER: 0,
      BUFIOREQ_WRITE_POINTER: 4,
      BUFIOREQ_SLOTS: 8,
      IOREQ_BUFFER_SLOT_NUM: 511,
      BUF_IOREQ_SIZE: 8,
      BUF_IOREQ_HEAD: 0,
      BUF_IOREQ_DATA: 4,
      BUF_IOREQ_DIR_SHIFT: 8 + 1,
      BUF_IOREQ_SIZE_SHIFT: 8 + 1 + 1,
      BUF_IOREQ_ADDR_SHIFT: 8 + 1 + 1 + 2,
      BUF_IOREQ_ADDR_LIMIT: 1 << 20,
    });
    expect(8 + 511 * 8).toBe(4096);
  });
});
