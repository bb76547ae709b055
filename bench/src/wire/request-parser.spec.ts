import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestParser } from './request-parser.js';

interface Told {
  readonly path: string;
  readonly body: string;
}

function request({ path, body }: Told, header = 'content-length: '): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${header}${String(bytes.length)}\r\nx-a: b\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function read(chunks: readonly Buffer[]): Told[] {
  const parser = new RequestParser();
  return chunks.flatMap((chunk) => {
    parser.push(chunk);
    const told: Told[] = [];
    for (let next = parser.next(); next !== undefined; next = parser.next()) {
      told.push({ path: next.path, body: next.bytes.subarray(next.bodyStart, next.bodyEnd).toString() });
    }
    return told;
  });
}

describe('RequestParser', () => {
  it('reads pipelined requests whole, however they are cut', () => {
    const requests = fc.array(
      fc.record({ path: fc.stringMatching(/^\/[a-z0-9/]{0,8}$/), body: fc.string({ unit: 'binary', maxLength: 40 }) }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(requests, fc.array(fc.integer({ min: 1, max: 60 })), (given, cuts) => {
        const bytes = Buffer.concat(given.map((each) => request(each)));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(read(chunks)).toEqual(given);
      }),
    );
  });

  it('finds the length however its header is written', () => {
    const told = { path: '/', body: 'abc' };
    expect(read([request(told, 'Content-Length:')])).toEqual([told]);
    expect(read([request(told, 'CONTENT-LENGTH: \t')])).toEqual([told]);
  });

  it('takes a request without a body', () => {
    expect(read([Buffer.from('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')])).toEqual([{ path: '/x', body: '' }]);
  });

  it('does not guess at what it cannot read', () => {
    const chunked = Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    expect(() => read([chunked])).toThrow('chunked');
    expect(() => read([Buffer.from(`POST / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}`)])).toThrow('head');
    expect(() => read([Buffer.from('POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n')])).toThrow('body');
  });
});
