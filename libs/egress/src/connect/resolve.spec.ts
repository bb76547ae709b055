import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dnsResolve, LookupError } from './resolve.js';

const TYPE = { A: 1, AAAA: 28 } as const;
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** What a name server has to say: addresses in bytes, or a response code. */
type Zone = Readonly<
  Record<string, { readonly A?: readonly number[][]; readonly AAAA?: readonly number[][] } | number>
>;

/** Answers one question of one message (RFC 1035 §4). */
function answerTo(query: Buffer, zone: Zone): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const type = query.readUInt16BE(at + 1);
  const entry = zone[labels.join('.').toLowerCase()] ?? NXDOMAIN;
  const rcode = typeof entry === 'number' ? entry : 0;
  const addresses = typeof entry === 'number' ? [] : ((type === TYPE.A ? entry.A : entry.AAAA) ?? []);
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | rcode, 2);
  for (const [offset, count] of [
    [4, 1],
    [6, addresses.length],
    [8, 0],
    [10, 0],
  ] as const)
    head.writeUInt16BE(count, offset);
  const records = addresses.map((bytes) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]),
  );
  return Buffer.concat([head, query.subarray(12, at + 5), ...records]);
}

describe('dnsResolve', () => {
  let server: Socket;
  let asked: number;
  const zone: Zone = {
    'both.example.com': {
      A: [
        [93, 184, 215, 14],
        [93, 184, 215, 15],
      ],
      AAAA: [[0x20, 1, 0, ...Array<number>(12).fill(0), 1]],
    },
    'four.example.com': { A: [[10, 0, 0, 1]] },
    'none.example.com': {},
    'broken.example.com': SERVFAIL,
  };

  beforeEach(async () => {
    asked = 0;
    server = createSocket('udp4', (query, from) => {
      asked += 1;
      server.send(answerTo(query, zone), from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => void server.close());

  const resolve = (name: string) => dnsResolve([`127.0.0.1:${String(server.address().port)}`])(name);
  const codeFor = (name: string): Promise<unknown> =>
    resolve(name).catch((error: unknown) => (error instanceof LookupError ? error.code : error));

  it('gives every address of either family, as the guard has to see them all', async () => {
    expect(await resolve('both.example.com')).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '93.184.215.15', family: 4 },
      { address: '2001::1', family: 6 },
    ]);
    expect(await resolve('four.example.com')).toEqual([{ address: '10.0.0.1', family: 4 }]);
  });

  it('tells a name without an address from a server that does not say', async () => {
    expect(await codeFor('none.example.com')).toBe('ENOTFOUND');
    expect(await codeFor('absent.example.com')).toBe('ENOTFOUND');
    expect(await codeFor('broken.example.com')).toBe('EAI_AGAIN');
    const dead = dnsResolve(['127.0.0.1:1']);
    await expect(dead('four.example.com')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  it('leaves private names to the system', async () => {
    const [first] = await resolve('localhost');
    expect(['127.0.0.1', '::1']).toContain(first?.address);
    expect(asked).toBe(0);
  });
});
