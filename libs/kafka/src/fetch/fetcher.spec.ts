import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@signpost/testing';
import { ScriptedBroker, type BrokerAnswer } from '@signpost/testing/scripted-broker';
import { API_VERSIONS, FETCH, LIST_OFFSETS, METADATA, NEEDED } from '../wire/api.js';
import { BytesWriter } from '../wire/bytes-writer.js';
import { Cluster } from '../wire/cluster.js';
import { encodeRecordBatch } from '../wire/records/encode.js';
import { Fetcher } from './fetcher.js';

const TOPIC = 'topic';
const written = (write: (into: BytesWriter) => void): Buffer => {
  const into = new BytesWriter();
  write(into);
  return into.written();
};
const versions = written((into) => {
  into.int16(0);
  into.list(NEEDED, ({ key, version }) => {
    for (const each of [key, version, version]) into.int16(each);
  });
});
/** One broker that leads the only partition. */
const leads = (port: number): Buffer =>
  written((into) => {
    into.int32(0);
    into.list([1], (id) => {
      into.int32(id);
      into.text('127.0.0.1');
      into.int32(port);
      into.nullableText(null);
    });
    into.nullableText(null);
    into.int32(1);
    into.list([TOPIC], (topic) => {
      into.int16(0);
      into.text(topic);
      into.int8(0);
      into.list([0], (partition) => {
        into.int16(0);
        into.int32(partition);
        into.int32(1);
        for (let replicas = 0; replicas < 3; replicas++) into.list([1], (id) => into.int32(id));
      });
    });
  });
const offset = (value: number, topics: readonly string[] = [TOPIC]): Buffer =>
  written((into) => {
    into.int32(0);
    into.list(topics, (topic) => {
      into.text(topic);
      into.list([0], (partition) => {
        into.int32(partition);
        into.int16(0);
        into.int64(-1);
        into.int64(value);
      });
    });
  });
const fetched = (records: Buffer, error = 0): Buffer =>
  written((into) => {
    into.int32(0);
    into.int16(0);
    into.int32(5);
    into.list([TOPIC], (topic) => {
      into.text(topic);
      into.list([0], (partition) => {
        into.int32(partition);
        into.int16(error);
        for (let times = 0; times < 3; times++) into.int64(0);
        into.int32(-1);
        into.int32(-1);
        into.blob(records);
      });
    });
  });
const record = (value: string, at: number): Buffer => {
  const batch = encodeRecordBatch([{ key: null, value: Buffer.from(value) }], 1);
  batch.writeBigInt64BE(BigInt(at), 0);
  return batch;
};

describe('Fetcher', () => {
  let broker: ScriptedBroker;
  let cluster: Cluster;
  let fetcher: Fetcher;
  const seen: string[] = [];
  const unreadable: unknown[] = [];
  const failures: unknown[] = [];
  const ranges: unknown[] = [];
  let listed: Buffer[] = [];
  afterEach(async () => {
    fetcher.close();
    cluster.close();
    await broker.stop();
    seen.length = unreadable.length = failures.length = ranges.length = 0;
  });

  /** Answers the fetches one after another as told, and then never. */
  const start = async (
    answers: readonly (BrokerAnswer | (() => BrokerAnswer))[],
    position: number | undefined,
  ): Promise<void> => {
    let next = 0;
    broker = await ScriptedBroker.start(({ api }) => {
      if (api === API_VERSIONS.key) return versions;
      if (api === METADATA.key) return leads(broker.port);
      if (api === LIST_OFFSETS.key) return listed.shift() ?? offset(3);
      const answer = api === FETCH.key ? answers[next++] : undefined;
      return typeof answer === 'function' ? answer() : answer;
    });
    cluster = new Cluster([{ host: '127.0.0.1', port: broker.port }], {
      clientId: 'test',
      tls: undefined,
      sasl: undefined,
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 2_000,
    });
    fetcher = new Fetcher(cluster, {
      records: (_name, _from, { records, nextOffset }) => {
        seen.push(...records.map(({ value }) => String(value)));
        return nextOffset;
      },
      outOfRange: (_name, from, log) => {
        ranges.push([from, log]);
        return log.first;
      },
      unreadable: (_name, error) => unreadable.push(error),
      failed: (error) => failures.push(error),
    });
    fetcher.assign([{ topic: TOPIC, partition: 0, position }]);
  };
  const saw = (count: number): Promise<void> =>
    until(() => seen.length >= count, { timeoutMs: 10_000, what: 'the records' }).then(() => undefined);

  it('reads each record once, though the connection is cut in the middle of an answer and garbage comes', async () => {
    const garbage = Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    await start(
      [
        fetched(record('a', 3)),
        { raw: Buffer.from([0, 0, 1, 0, 0, 0, 0, 3, 0, 0]), thenCut: true },
        { raw: garbage },
        fetched(record('b', 4)),
        { raw: Buffer.alloc(64, 0xff) },
        fetched(Buffer.concat([record('b', 4), record('c', 5)])),
      ],
      undefined,
    );
    await saw(3);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(failures).toMatchObject([
      { code: 'kafka_connection_lost' },
      { code: 'kafka_protocol_broken' },
      { code: 'kafka_protocol_broken' },
    ]);
  });

  it('asks again for records that are damaged, and for what its leader does not lead for the moment', async () => {
    const damaged = record('a', 3);
    damaged[damaged.length - 1] = 0xff;
    await start([fetched(damaged), fetched(Buffer.alloc(0), 6), fetched(record('a', 3))], 3);
    await saw(1);
    expect(unreadable).toMatchObject([{ code: 'kafka_records_unreadable' }]);
  });

  it('hands over nothing that was asked for before it was told to read elsewhere', async () => {
    const sought = (): BrokerAnswer => {
      fetcher.seek({ topic: TOPIC, partition: 0 }, 3);
      return fetched(record('from before', 5));
    };
    await start([sought, fetched(record('a', 3))], 5);
    await saw(1);
    expect(seen).toEqual(['a']);
  });

  it('asks again where a log begins when the broker leaves it out', async () => {
    listed = [offset(0, [])];
    await start([fetched(record('a', 3))], undefined);
    await saw(1);
    expect(failures).toMatchObject([{ code: 'kafka_protocol_broken' }]);
  });

  it('asks its reader where to go on when the log has nothing at its position', async () => {
    await start([fetched(Buffer.alloc(0), 1), fetched(record('a', 3))], 99);
    await saw(1);
    expect(ranges).toEqual([[99, { first: 3, end: 3 }]]);
  });
});
