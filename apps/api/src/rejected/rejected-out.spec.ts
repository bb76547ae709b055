import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import type { IndexedRejection } from '@signpost/ports';
import { rejectedContentOut } from './rejected-out.js';

const rejection: IndexedRejection = {
  id: newId('rej', 0),
  code: 'payload_not_json',
  reason: 'why',
  source: { topic: 't', partition: 0, offset: 1 },
  position: { partition: 0, offset: 2 },
  rejectedAt: new Date(0),
  isCut: false,
  redrives: 0,
  state: 'open',
};
const valueOf = (value: Buffer | null) => rejectedContentOut(rejection, { value, headers: {} }, undefined).value;

describe('a rejected record as it is shown', () => {
  it('has its own headers as text, and none of ours', () => {
    const headers = { a: Buffer.from('é'), 'signpost-rejection': '{}' };
    expect(rejectedContentOut(rejection, { value: null, headers }, undefined)).toMatchObject({
      headers: { a: 'é' },
      value: null,
      correction: null,
    });
    expect(rejectedContentOut(rejection, undefined, {})).toMatchObject({
      headers: null,
      value: null,
      correction: { headers: null, value: null },
    });
  });

  it('has a value of text as text, any other as Base64, and of a long one the beginning, cut between characters', () => {
    expect(valueOf(Buffer.from('é'))).toEqual({ text: 'é', base64: null, bytes: 2, isWhole: true });
    expect(valueOf(Buffer.from([0xff]))).toEqual({ text: null, base64: '/w==', bytes: 1, isWhole: true });
    const long = valueOf(Buffer.from(`a${'é'.repeat(40_000)}`));
    expect(long).toMatchObject({ bytes: 80_001, isWhole: false, base64: null });
    expect(long?.text).toBe(`a${'é'.repeat(32_767)}`);
    expect(valueOf(Buffer.alloc(70_000, 0xff))).toMatchObject({ text: null, isWhole: false, bytes: 70_000 });
  });
});
