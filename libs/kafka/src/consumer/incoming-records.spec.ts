import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { incomingRecord } from './incoming-records.js';

/** As the client decodes it: a name that a plain object has by itself comes as a list with what was inherited. */
function message(headers: Record<string, unknown>, value: Buffer): KafkaMessage {
  return { key: null, value, headers, timestamp: '1', attributes: 0, offset: '0' } as KafkaMessage;
}

const small = Buffer.from('{}');
// A view of a large fetch response, which is copied.
const shared = Buffer.alloc(1_048_576).subarray(0, 2);

describe.each([
  { view: 'left where it is', value: small },
  { view: 'copied out of a large response', value: shared },
])('incomingRecord, $view', ({ value }) => {
  it('reads headers by names that every object has', () => {
    const headers = {
      constructor: [Object, Buffer.from('a')],
      toString: [String, Buffer.from('b')],
    };
    expect(incomingRecord(message(headers, value), 0).headers).toEqual({
      constructor: Buffer.from('a'),
      toString: Buffer.from('b'),
    });
  });

  it('leaves out a header without a value', () => {
    expect(incomingRecord(message({ empty: null, kept: Buffer.from('a') }, value), 0).headers).toEqual({
      kept: Buffer.from('a'),
    });
  });

  it('gives a name that came several times its first value', () => {
    expect(incomingRecord(message({ name: [Buffer.from('a'), Buffer.from('b')] }, value), 0).headers).toEqual({
      name: Buffer.from('a'),
    });
  });
});
