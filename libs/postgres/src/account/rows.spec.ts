import { describe, expect, it } from '@jest/globals';
import type { JournalFact, MessageRecord, RedeliveredFact } from '@signpost/contracts';
import { ASKED_FOR, deliveryIdOf, fatesIn, newId } from '@signpost/domain';
import { marksOf, runRows } from './rows.js';

const AT = Date.parse('2026-03-01T12:00:00Z');
const [applicationId, endpointId] = [newId('app', AT), newId('ep', AT)];

function ofMessage(atMs: number) {
  const messageId = newId('msg', atMs);
  return { messageId, applicationId, endpointId, eventType: 'a', deliveryId: deliveryIdOf(messageId, endpointId) };
}

describe('marks', () => {
  it('name the minutes of messages, once each, however late the fact', () => {
    const message = { id: newId('msg', AT + 1_000) } as MessageRecord;
    const late: JournalFact[] = [
      { ...ofMessage(AT + 2_000), kind: 'released', atMs: AT + 86_400_000 },
      { ...ofMessage(AT - 60_000), kind: 'released', atMs: AT + 86_400_000 },
    ];
    expect(marksOf([message], late)).toEqual([
      { minute: BigInt(AT / 60_000), arrival: true },
      { minute: BigInt(AT / 60_000 - 1), arrival: false },
    ]);
    expect(marksOf([message], [...late].reverse())).toHaveLength(2);
  });

  it('tell a matching from what becomes of it', () => {
    const { messageId } = ofMessage(AT);
    const matched: JournalFact = { kind: 'matched', messageId, applicationId, atMs: AT, endpointIds: [] };
    expect(marksOf([], [matched])).toEqual([{ minute: BigInt(AT / 60_000), arrival: true }]);
  });
});

describe('runs', () => {
  it('are the redeliveries alone, each with all that the batch says of it', () => {
    const of = ofMessage(AT);
    const asked: RedeliveredFact = { ...of, kind: 'redelivered', redelivery: 2, atMs: AT + 10 };
    const rows = runRows([
      { ...of, kind: 'fate', fate: 'delivered', atMs: AT },
      { ...of, redelivery: 2, kind: 'fate', fate: 'expired', atMs: AT + 20 },
      asked,
      { ...asked, redelivery: 1 },
    ]);
    expect(rows.map(({ number }) => number)).toEqual([1, 2]);
    expect(rows[1]).toMatchObject({ atMs: AT + 20, standing: { state: 'expired' } });
    expect(fatesIn(rows[1]?.notes ?? 0)).toEqual(['expired']);
    expect((rows[1]?.notes ?? 0) & ASKED_FOR).not.toBe(0);
  });
});
