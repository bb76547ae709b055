import { describe, expect, it } from '@jest/globals';
import { readRedrive, rejectedHeaders, TOPICS } from '@signpost/contracts';
import { redriven } from './redriven.js';

const source = { topic: 'platform.events', partition: 3, offset: 17 };
const redrive = { source, number: 2, atMs: 1_790_000_000_000 };
const position = { partition: 0, offset: 4 };
const rejection = { code: 'a', reason: 'b', source, atMs: 1 };
const record = {
  value: Buffer.from('{"a":1}'),
  headers: rejectedHeaders(rejection, { ce_id: Buffer.from('1'), ce_type: Buffer.from('no type') }),
};

describe('redriven', () => {
  it('hands on the record with its own headers, and which re-drive it is', () => {
    const again = redriven({ redrive, position, correction: {} }, record);
    expect(again).toMatchObject({ topic: TOPICS.redriven, key: 'platform.events:3:17', value: record.value });
    const read = readRedrive(again?.headers ?? {});
    expect(read).toEqual({ redrive, headers: { ce_id: Buffer.from('1'), ce_type: Buffer.from('no type') } });
  });

  it('puts what was corrected in place of what it was', () => {
    const correction = { value: Buffer.from('{}'), headers: { ce_type: 'a', ce_id: null, more: 'x' } };
    const again = redriven({ redrive, position, correction }, record);
    expect(again?.value?.toString()).toBe('{}');
    expect(readRedrive(again?.headers ?? {}).headers).toEqual({ ce_type: 'a', more: 'x' });
  });

  it('makes up for a record that is gone only with a value that was given', () => {
    expect(redriven({ redrive, position, correction: { headers: { a: 'b' } } }, undefined)).toBeUndefined();
    const correction = { value: Buffer.from('{}') };
    expect(redriven({ redrive, position, correction }, undefined)?.value?.toString()).toBe('{}');
  });
});
