import { describe, expect, it } from '@jest/globals';
import { newId, timeOfId } from '@signpost/domain';
import fc from 'fast-check';
import { ApiClient, type ApiAnswer, type Call, type Method } from '../../api/client.js';
import { Tail } from './tail.js';

interface Logged {
  readonly id: string;
  /** The turn at which it is in the log. */
  readonly fromTurn: number;
}

/** A log that messages come into later than others with later ids. */
class LateLog extends ApiClient {
  turn = 0;

  constructor(private readonly logged: readonly Logged[]) {
    super({ server: '', key: undefined, timeoutMs: 1, signal: new AbortController().signal, agent: '' });
  }

  override anyAnswer(): Promise<ApiAnswer> {
    return Promise.resolve({ ...answer({}), headers: new Headers({ date: new Date(START).toUTCString() }) });
  }

  override async answer(_method: Method, path: string, { query = {} }: Call = {}): Promise<ApiAnswer> {
    const present = this.logged
      .filter(({ fromTurn }) => fromTurn <= this.turn)
      .map(({ id }) => id)
      .sort();
    const asked = path.split('/msg/')[1];
    if (asked !== undefined) return answer(message(asked));
    const { iterator, after, limit } = query as { iterator?: string; after?: Date; limit: number };
    // A page beyond the cursor is asked for once a turn, or more often while there is more.
    const rest = present.filter(
      (id) =>
        (iterator === undefined || id > iterator) && (after === undefined || (timeOfId(id) ?? 0) > after.getTime()),
    );
    const page = rest.slice(0, Math.min(limit, 3));
    if (after === undefined && rest.length <= page.length) this.turn += 1;
    return answer({ data: page.map(message), iterator: page.at(-1) ?? null, done: rest.length <= page.length });
  }
}

const START = Date.parse('2026-01-31T12:00:00Z');
const message = (id: string) => ({
  id,
  eventType: 'a.b',
  channels: null,
  timestamp: new Date(START).toISOString(),
  payload: {},
});
const answer = (value: unknown): ApiAnswer => ({
  status: 200,
  bytes: Buffer.from(JSON.stringify(value)),
  headers: new Headers(),
  tookMs: 0,
});

describe('the tail of a log', () => {
  it('gives each message once, those that come late among them', async () => {
    const late = fc.array(fc.record({ ms: fc.nat(5_000), fromTurn: fc.nat(6) }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(late, async (entries) => {
        const logged = entries.map(({ ms, fromTurn }) => ({ id: newId('msg', START + ms), fromTurn }));
        const stop = new AbortController();
        const log = new LateLog(logged);
        const tail = new Tail({
          client: log,
          app: 'acme',
          eventTypes: undefined,
          since: new Date(START),
          everyMs: 0,
          sweepEveryMs: 0,
          signal: stop.signal,
        });
        const seen: string[] = [];
        await tail.start();
        const reading = (async () => {
          for await (const { id } of tail.messages()) seen.push(id);
        })();
        while (log.turn < 10) await new Promise((resolve) => setImmediate(resolve));
        stop.abort();
        await reading;
        expect([...seen].sort()).toEqual(logged.map(({ id }) => id).sort());
      }),
      { numRuns: 30 },
    );
  });

  it('begins with what is accepted from now on, by the clock of the server', async () => {
    const stop = new AbortController();
    const log = new LateLog([
      { id: newId('msg', START - 1), fromTurn: 0 },
      { id: newId('msg', START + 1), fromTurn: 0 },
    ]);
    const tail = new Tail({
      client: log,
      app: 'a',
      eventTypes: undefined,
      since: undefined,
      everyMs: 0,
      sweepEveryMs: 0,
      signal: stop.signal,
    });
    const seen: string[] = [];
    await tail.start();
    for await (const { id } of tail.messages()) {
      seen.push(id);
      if (seen.length === 1) stop.abort();
    }
    expect(seen).toHaveLength(1);
  });
});
