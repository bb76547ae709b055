import { describe, expect, it } from '@jest/globals';
import { readRejection, rejectedRecord, type Rejection } from './rejected-record.js';

const rejection: Rejection = {
  code: 'application_unknown',
  reason: 'why',
  source: { topic: 'platform.events', partition: 3, offset: 17 },
  atMs: 1_000,
};

describe('rejectedRecord', () => {
  it('keeps what was refused beside the reason', () => {
    const value = Buffer.from('{"a":1}');
    const record = rejectedRecord(rejection, { value, headers: { ce_id: Buffer.from('7') } });
    expect(record).toMatchObject({ topic: 'messages.rejected', key: 'platform.events:3:17', value });
    expect(record.headers['ce_id']).toEqual(Buffer.from('7'));
    expect(readRejection(record.headers)).toEqual(rejection);
  });

  it('leaves a value or headers that no record would hold at their source', () => {
    const huge = rejectedRecord(rejection, { value: Buffer.alloc(1_048_576), headers: { a: Buffer.alloc(200_000) } });
    expect(huge.value).toBeNull();
    expect(Object.keys(huge.headers)).toEqual(['signpost-rejection']);
  });

  it('keeps a long reason short: a record that is too large would never be written, and nothing after it', () => {
    const { headers } = rejectedRecord(
      { ...rejection, reason: '\u0000'.repeat(1_000_000) },
      { value: null, headers: {} },
    );
    expect(String(headers['signpost-rejection']).length).toBeLessThan(65_536);
  });

  it.each([undefined, {}, { 'signpost-rejection': 'x' }, { 'signpost-rejection': '1' }])(
    'reads no rejection from %j',
    (headers) => {
      expect(readRejection(headers)).toBeUndefined();
    },
  );
});
