import { describe, expect, it } from '@jest/globals';
import type { AttemptFact, FateFact } from '@signpost/contracts';
import { deliveryIdOf, newId } from '@signpost/domain';
import fc from 'fast-check';
import { redeliveryRows } from './rows.js';

const messageId = newId('msg', 1);
const endpointId = newId('ep', 1);
const of = {
  deliveryId: deliveryIdOf(messageId, endpointId),
  messageId,
  applicationId: newId('app', 1),
  endpointId,
  eventType: 'a',
};
const attempt = (redelivery: number, atMs: number): AttemptFact => ({
  kind: 'attempt',
  ...of,
  redelivery,
  atMs,
  attemptId: newId('atmpt', 1),
  attempt: 1,
  url: '',
  outcome: 'failed',
  timing: { totalMs: 1 },
  trigger: 'manual',
});
const fate = (redelivery: number, atMs: number): FateFact => ({
  kind: 'fate',
  ...of,
  redelivery,
  atMs,
  fate: 'superseded',
});

describe('what became of redeliveries', () => {
  it('says nothing of what was first owed, nor of what has not been attempted', () => {
    const { redelivery: _, ...first } = attempt(1, 1);
    expect(redeliveryRows([first, { kind: 'redelivered', ...of, redelivery: 1, atMs: 1 }])).toEqual([]);
  });

  it('has a fate above an attempt that is not the last, in whatever order they come', () => {
    const told = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.nat(9)), { minLength: 1 });
    fc.assert(
      fc.property(told, (list) => {
        const rows = redeliveryRows(list.map(([isFate, number, atMs]) => (isFate ? fate : attempt)(number, atMs)));
        for (const number of [1, 2, 3]) {
          const mine = list.filter(([, other]) => other === number);
          const result = mine.some(([isFate]) => isFate) ? 'superseded' : 'retrying';
          const found = rows.filter((row) => row.number === number).map((row) => row.result);
          expect(found).toEqual(mine.length === 0 ? [] : [result]);
        }
      }),
    );
  });
});
