import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../errors.js';
import { readRequest } from './request-text.js';

describe('a request in a file', () => {
  it('keeps the bytes of its body, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('\n', '\r\n'), fc.boolean(), (bytes, end, hasFirstLine) => {
        const lines = [...(hasFirstLine ? ['POST /hooks HTTP/1.1'] : []), 'Webhook-Id: msg_1', 'x:  y ', '', ''];
        const body = Buffer.from(bytes);
        const read = readRequest(Buffer.concat([Buffer.from(lines.join(end)), body]));
        expect(read.headers).toEqual({ 'webhook-id': 'msg_1', x: 'y' });
        expect(read.body.equals(body)).toBe(true);
      }),
    );
  });

  it('may be what the sink recorded: the last one', () => {
    const line = (id: string, more: object) => JSON.stringify({ headers: { 'webhook-id': id }, ...more });
    const text = `${line('msg_1', { body: '{}' })}\n${line('msg_2', { bodyBase64: '//4=' })}\n`;
    expect(readRequest(Buffer.from(text))).toEqual({
      headers: { 'webhook-id': 'msg_2' },
      body: Buffer.from([255, 254]),
    });
  });

  it.each(['', 'webhook-id: x', 'no header\n\n{}', '{"a":1}', '\u0000'])('is none: %j', (text) => {
    expect(() => readRequest(Buffer.from(text))).toThrow(UsageError);
  });
});
