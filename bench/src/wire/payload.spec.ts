import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { payloadTemplate, readStamp, stampPayload } from './payload.js';

describe('payload', () => {
  it('has exactly the bytes asked for, and is JSON with and without a stamp', () => {
    const payload = payloadTemplate(1_024);
    expect(payload).toHaveLength(1_024);
    stampPayload(payload, 0, { atMicros: 12.4, run: 3, sequence: 5 });
    expect(JSON.parse(payload.toString())).toMatchObject({ at: '0000000000000012', run: '000003', seq: '000000005' });
  });

  it('gives back every stamp, wherever the payload begins', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 15), fc.nat(999_999), fc.nat(999_999_999), fc.nat(50), (atMicros, run, sequence, at) => {
        const bytes = Buffer.concat([Buffer.alloc(at, 'x'), payloadTemplate(300)]);
        stampPayload(bytes, at, { atMicros, run, sequence });
        expect(readStamp(bytes, at, bytes.length)).toEqual({ atMicros, run, sequence });
      }),
    );
  });

  it('knows what is no payload of the benchmark', () => {
    expect(readStamp(Buffer.from('{}'), 0, 2)).toBeUndefined();
    expect(readStamp(Buffer.alloc(100, 'x'), 0, 100)).toBeUndefined();
  });
});
