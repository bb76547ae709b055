import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ScriptedBroker, type BrokerScript } from '@signpost/testing/scripted-broker';
import { API_VERSIONS, METADATA, NEEDED, type Api } from './api.js';
import { BytesWriter } from './bytes-writer.js';
import { Frames } from './frames.js';
import { openConnection } from './open-connection.js';

const OPTIONS = { clientId: 'test', tls: undefined, sasl: undefined, connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 };

function speaks(apis: readonly Pick<Api, 'key' | 'version'>[]): Buffer {
  const into = new BytesWriter();
  into.int16(0);
  into.list(apis, ({ key, version }) => {
    into.int16(key);
    into.int16(version);
    into.int16(version);
  });
  return into.written();
}

const number = (value: number): Buffer => {
  const into = new BytesWriter();
  into.int32(value);
  return into.written();
};

describe('a connection to a broker', () => {
  let broker: ScriptedBroker;
  afterEach(() => broker.stop());

  const open = async (script: BrokerScript) => {
    broker = await ScriptedBroker.start((request) =>
      request.api === API_VERSIONS.key ? speaks(NEEDED) : script(request),
    );
    return openConnection({ host: '127.0.0.1', port: broker.port }, OPTIONS);
  };
  const ask = (connection: Awaited<ReturnType<typeof open>>, timeoutMs = 2_000): Promise<number> =>
    connection.request({
      api: METADATA,
      write: (into) => {
        into.int32(7);
      },
      read: (from) => from.int32(),
      timeoutMs,
    });

  it('has several requests under way, each with its answer', async () => {
    let asked = 0;
    const connection = await open(() => number(++asked));
    await expect(Promise.all([ask(connection), ask(connection), ask(connection)])).resolves.toEqual([1, 2, 3]);
    connection.close();
  });

  it.each<[string, Buffer, boolean, string]>([
    ['cut in the middle of an answer', Buffer.from([0, 0, 0, 12, 0, 0, 0, 2, 0]), true, 'kafka_connection_lost'],
    ['answered with an impossible size', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), false, 'kafka_protocol_broken'],
    ['answered to a request never made', Buffer.from([0, 0, 0, 4, 0, 0, 9, 9]), false, 'kafka_protocol_broken'],
    ['answered with too few bytes', Buffer.from([0, 0, 0, 5, 0, 0, 0, 2, 0]), false, 'kafka_protocol_broken'],
  ])('fails all that waits, and is closed, when %s', async (_name, raw, thenCut, code) => {
    let asked = 0;
    const connection = await open(() => (++asked === 2 ? { raw, thenCut } : undefined));
    const outcomes = await Promise.allSettled([ask(connection), ask(connection)]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code } },
      { status: 'rejected', reason: { code } },
    ]);
    expect(connection.usable).toBe(false);
    await expect(ask(connection)).rejects.toMatchObject({ code });
  });

  it('gives up a request in time, drops its late answer, and goes on', async () => {
    let asked = 0;
    const late = Buffer.from([0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 7]);
    const intime = Buffer.from([0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 8]);
    const connection = await open(() => (++asked === 1 ? undefined : { raw: Buffer.concat([late, intime]) }));
    await expect(ask(connection, 50)).rejects.toMatchObject({ code: 'kafka_request_timed_out' });
    await expect(ask(connection)).resolves.toBe(8);
    expect(connection.usable).toBe(true);
    connection.close();
  });

  it('is closed when nothing at all is heard for long', async () => {
    const connection = await open(() => undefined);
    for (let tries = 0; tries < 10 && connection.usable; tries++)
      await expect(ask(connection, 50)).rejects.toMatchObject({ code: 'kafka_request_timed_out' });
    expect(connection.usable).toBe(false);
  });

  it('is not made to a broker that does not speak what is needed, and says what', async () => {
    broker = await ScriptedBroker.start(() => speaks(NEEDED.filter(({ name }) => name !== 'Fetch')));
    await expect(openConnection({ host: '127.0.0.1', port: broker.port }, OPTIONS)).rejects.toMatchObject({
      code: 'kafka_version_unsupported',
      message: expect.stringContaining('Fetch version 11') as unknown,
    });
  });
});

describe('Frames', () => {
  it('come whole, however the stream was cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 4, maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.flatMap((body) => [number(body.length), Buffer.from(body)]));
        const [frames, got] = [new Frames(), [] as Buffer[]];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          frames.push(stream.subarray(at, at + size), (frame) => got.push(Buffer.from(frame)));
          at += size;
        }
        expect(got).toEqual(sent.map((body) => Buffer.from(body)));
      }),
    );
  });
});
