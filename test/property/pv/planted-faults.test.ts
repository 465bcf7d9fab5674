import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockModel, startIndex, steps } from '../../helpers/pv/block-model';
import { type Edit, loadFrontends } from '../../helpers/pv/frontends';

const BLOCK = 'pv-drivers/frontend/block.ts';
const GRANTS = 'pv-drivers/frontend/grants.ts';
const RING = 'pv-drivers/ring/ring.ts';

/** Mistakes that one makes in such a driver. */
const FAULTS: [string, Edit][] = [
  [
    'the last sector of a segment is one too far',
    { file: BLOCK, from: 'first + sectors - 1) << 8', to: 'first + sectors) << 8' },
  ],
  [
    'a read grants its pages read-only and a write writable',
    { file: BLOCK, from: 'this.operation != BLKIF_OP_READ', to: 'this.operation == BLKIF_OP_READ' },
  ],
  [
    'the second request of a transfer begins where the first did',
    { file: BLOCK, from: 'this.sector += sectors;', to: '' },
  ],
  [
    'a transfer is reported with its first response',
    { file: BLOCK, from: 'if (--leader.outstanding != 0) return false;', to: 'leader.outstanding--;' },
  ],
  ['an error is forgotten', { file: BLOCK, from: 'if (status < leader.status) leader.status = status;', to: '' }],
  [
    'an abandoned transfer is reported all the same',
    { file: BLOCK, from: 'return !leader.abandoned && this.report(leader);', to: 'return this.report(leader);' },
  ],
  [
    'abandoning leaves the grants in place',
    {
      file: BLOCK,
      from: 'slot.abandoned = true;\n      if (slot.operation != NOT_WAITING) this.pool.revoke(slot.grants);',
      to: 'slot.abandoned = true;',
    },
  ],
  ['references of a finished request are lost', { file: BLOCK, from: 'this.pool.recycle(slot.grants);', to: '' }],
  [
    'the front-end never asks for another event',
    { file: BLOCK, from: 'atomic.store<u32>(this.ring + RING_RSP_EVENT, ringNextEvent(this.responsesTaken));', to: '' },
  ],
  [
    'the back-end is notified only when its event index is hit exactly',
    { file: RING, from: '(after - event) >>> 0 < (after - before) >>> 0', to: 'after == event' },
  ],
  [
    'indirect pages are not given back',
    {
      file: BLOCK,
      from: 'this.freePages |= 1 << slot.indirectPage;',
      to: 'this.freePages &= ~(1 << slot.indirectPage);',
    },
  ],
  ['grants stay after the response', { file: GRANTS, from: 'if (!endAccess(reference)) ended = false;', to: '' }],
];

describe('the random programs find planted faults in the front-end', () => {
  test.each(FAULTS)('%s', async (_, edit) => {
    const frontends = await loadFrontends(edit);
    const property = fc.property(startIndex, steps, (index, program) => {
      const model = new BlockModel(frontends, index);
      for (const step of program) model.perform(step);
      model.finish();
    });
    const result = fc.check(property, { numRuns: 200, seed: 1, endOnFailure: true });
    expect(result.failed).toBe(true);
  });
});
