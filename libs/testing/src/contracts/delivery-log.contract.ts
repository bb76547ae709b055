import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, JournalFact, MessageRecord } from '@signpost/contracts';
import {
  deliveryIdOf,
  newId,
  type ApplicationId,
  type AttemptId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import { LogRefusedError, type DeliveryLogReader, type DeliveryLogWriter, type LogPage } from '@signpost/ports';

const FIRST_PAGE: LogPage = { limit: 50, order: 'descending' };

/** What every delivery log promises; `open` gives an empty one. */
export function deliveryLogContract(
  adapter: string,
  open: () => Promise<{ readonly writer: DeliveryLogWriter; readonly reader: DeliveryLogReader }>,
): void {
  describe(`the delivery log: ${adapter}`, () => {
    let writer: DeliveryLogWriter;
    let reader: DeliveryLogReader;
    beforeAll(async () => {
      ({ writer, reader } = await open());
    });

    it('gives back a message as it came in, byte for byte', async () => {
      const payload = Buffer.from('{ "n": 1.0, "big": 12345678901234567890, "text": "\\u0000 ü" }');
      const message = aMessage({ payload, eventId: 'evt-1', channels: ['a"b', 'c\\d'] });
      await writer.write([message], []);
      const { acceptedAtMs, ...rest } = message;
      await expect(reader.message(message.applicationId, message.id)).resolves.toEqual({
        ...rest,
        acceptedAt: new Date(acceptedAtMs),
      });
    });

    it('finds a message by the id of its event too, and never in another application', async () => {
      const message = aMessage({ eventId: 'evt-2' });
      await writer.write([message], []);
      await expect(reader.message(message.applicationId, 'evt-2')).resolves.toMatchObject({ id: message.id });
      await expect(reader.message(newId('app', Date.now()), 'evt-2')).resolves.toBeUndefined();
      await expect(reader.message(newId('app', Date.now()), message.id)).resolves.toBeUndefined();
    });

    it('changes nothing when all of a batch comes again (promise 10)', async () => {
      const story = aStory();
      await writer.write([story.message], story.facts);
      const before = await everything(reader, story);
      await writer.write([story.message, story.message], [...story.facts, ...story.facts]);
      await expect(everything(reader, story)).resolves.toEqual(before);
      expect(before.attempts.map(({ attempt, repeated }) => [attempt, repeated])).toEqual([
        [1, false],
        [2, false],
      ]);
    });

    it('ends with the same whatever the order of the facts, in one batch or in many', async () => {
      const straight = aStory();
      await writer.write([straight.message], straight.facts);
      const backwards = aStory();
      await writer.write([backwards.message], [...backwards.facts].reverse());
      const piecemeal = aStory();
      for (const fact of [...piecemeal.facts].reverse()) await writer.write([], [fact]);
      for (const story of [straight, backwards, piecemeal]) {
        const [delivery, ...others] = await reader.deliveriesOfMessage(story.applicationId, story.messageId);
        expect(others).toEqual([]);
        expect(delivery).toMatchObject({ state: 'delivered', attempts: 2, endpointId: story.endpointId });
        expect(delivery).not.toHaveProperty('nextAttemptAt');
      }
    });

    it('shows where a delivery stands on its way', async () => {
      const { facts, applicationId, messageId } = aStory();
      const [matched, failed, parked, released] = facts as [JournalFact, AttemptFact, JournalFact, JournalFact];
      const state = async () => (await reader.deliveriesOfMessage(applicationId, messageId)).map((d) => d.state);
      await writer.write([], [matched]);
      await expect(state()).resolves.toEqual(['pending']);
      await writer.write([], [failed]);
      await expect(reader.deliveriesOfMessage(applicationId, messageId)).resolves.toMatchObject([
        { state: 'waiting', attempts: 1, nextAttemptAt: new Date(failed.nextAttemptAtMs ?? 0) },
      ]);
      await writer.write([], [parked]);
      await expect(state()).resolves.toEqual(['parked']);
      await writer.write([], [released]);
      await expect(state()).resolves.toEqual(['pending']);
      // Late, and older than what is known.
      await writer.write([], [failed, parked]);
      await expect(state()).resolves.toEqual(['pending']);
    });

    it('keeps a second request of the same number, marked, in the same batch or later', async () => {
      for (const together of [true, false]) {
        const story = aStory();
        const first = anAttempt(story, 1, { fate: 'delivered', outcome: 'delivered' });
        const again = anAttempt(story, 1, { atMs: story.atMs + 900 });
        if (together) await writer.write([], [first, again]);
        else {
          await writer.write([], [first]);
          await writer.write([], [again]);
        }
        const { rows: attempts } = await reader.attemptsOfMessage(story.applicationId, story.messageId, FIRST_PAGE, {});
        expect(attempts.map((a) => a.repeated).sort()).toEqual([false, true]);
        await expect(reader.deliveriesOfMessage(story.applicationId, story.messageId)).resolves.toMatchObject([
          { state: 'delivered', attempts: 1 },
        ]);
      }
    });

    it('keeps what a receiver answered as text, cut between characters', async () => {
      const story = aStory();
      const answer = `nul:\0 half:\ud800 quote:" back:\\ {a,b} ${'ü'.repeat(20_000)}`;
      await writer.write([], [anAttempt(story, 1, { responseBody: answer })]);
      const { rows } = await reader.attemptsOfMessage(story.applicationId, story.messageId, FIRST_PAGE, {});
      expect(rows[0]?.responseBody).toMatch(/^nul:\uFFFD half:\uFFFD quote:" back:\\ \{a,b\} ü+$/);
      expect(Buffer.byteLength(rows[0]?.responseBody ?? '')).toBeLessThanOrEqual(16_384);
    });

    it('keeps everything of an attempt', async () => {
      const story = aStory();
      const fact = anAttempt(story, 3, {
        status: 503,
        reason: 'http:503',
        responseBody: 'no',
        timing: { lookupMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, lostMs: 5, totalMs: 10 },
        requestHeaders: { 'x-own': 'a "quoted" value', authorization: '***' },
        responseHeaders: { server: 'nginx' },
        trigger: 'manual',
        transformation: 12,
        nextAttemptAtMs: story.atMs + 60_000,
      });
      await writer.write([], [fact]);
      await expect(reader.attempt(story.applicationId, story.messageId, fact.attemptId)).resolves.toEqual({
        id: fact.attemptId,
        deliveryId: fact.deliveryId,
        messageId: fact.messageId,
        endpointId: fact.endpointId,
        eventType: fact.eventType,
        attempt: 3,
        repeated: false,
        at: new Date(fact.atMs),
        url: fact.url,
        outcome: 'failed',
        trigger: 'manual',
        transformation: 12,
        status: 503,
        reason: 'http:503',
        responseBody: 'no',
        timing: fact.timing,
        requestHeaders: { 'x-own': 'a "quoted" value', authorization: '***' },
        responseHeaders: { server: 'nginx' },
        nextAttemptAt: new Date(story.atMs + 60_000),
      });
    });

    it('lists by endpoint page by page, either way, with filters', async () => {
      const applicationId = newId('app', Date.now());
      const endpointId = newId('ep', Date.now());
      const atMs = Date.now() - 60_000;
      const facts = Array.from({ length: 7 }, (_, index) => {
        const story = aStory({ applicationId, endpointId, atMs: atMs + index * 1_000 });
        return anAttempt(story, 1, {
          eventType: index % 2 === 0 ? 'even' : 'odd',
          ...(index === 3 ? { outcome: 'delivered', status: 200 } : {}),
        });
      });
      await writer.write([], facts);
      const ids = facts.map((fact) => fact.attemptId);
      const list = async (page: LogPage, filter = {}) =>
        (await reader.attemptsOfEndpoint(applicationId, endpointId, page, filter)).rows.map(({ id }) => id);
      const [, second, , fourth] = ids as [AttemptId, AttemptId, AttemptId, AttemptId];
      await expect(list({ limit: 3, order: 'descending' })).resolves.toEqual(ids.slice(4).reverse());
      await expect(list({ limit: 3, order: 'descending', beyond: fourth })).resolves.toEqual(ids.slice(0, 3).reverse());
      await expect(list({ limit: 2, order: 'ascending', beyond: second })).resolves.toEqual(ids.slice(2, 4));
      await expect(list(FIRST_PAGE, { outcome: 'delivered' })).resolves.toEqual([fourth]);
      await expect(list(FIRST_PAGE, { statusClass: 2 })).resolves.toEqual([fourth]);
      await expect(list(FIRST_PAGE, { eventTypes: ['odd'] })).resolves.toHaveLength(3);
      await expect(list({ ...FIRST_PAGE, before: new Date(atMs + 1_000) })).resolves.toEqual([ids[0]]);
      await expect(list({ ...FIRST_PAGE, after: new Date(atMs + 5_000) })).resolves.toEqual([ids[6]]);
    });

    it('takes messages and attempts of any time', async () => {
      for (const atMs of [0, Date.parse('2019-02-28T23:59:59.999Z'), Date.parse('2199-01-01')]) {
        const story = aStory({ atMs });
        await writer.write([story.message], story.facts);
        await expect(reader.message(story.applicationId, story.messageId)).resolves.toBeDefined();
        const { rows } = await reader.attemptsOfEndpoint(story.applicationId, story.endpointId, FIRST_PAGE, {});
        expect(rows).toHaveLength(2);
      }
    });

    it('refuses a fact that lacks what it needs, by an error that says so, and writes nothing of its batch', async () => {
      const story = aStory();
      for (const broken of [
        { ...anAttempt(story, 1), attemptId: undefined },
        { ...anAttempt(story, 1), timing: undefined },
        { ...anAttempt(story, 1), attempt: 1e9 },
      ]) {
        const batch = [...story.facts, broken as unknown as AttemptFact];
        await expect(writer.write([story.message], batch)).rejects.toBeInstanceOf(LogRefusedError);
      }
      await expect(reader.message(story.applicationId, story.messageId)).resolves.toBeUndefined();
    });
  });
}

interface Story {
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly messageId: MessageId;
  readonly atMs: number;
  readonly message: MessageRecord;
  /** matched, attempt 1 failed, parked, released, attempt 2 delivered. */
  readonly facts: readonly JournalFact[];
}

function aStory(given: Partial<Pick<Story, 'applicationId' | 'endpointId' | 'atMs'>> = {}): Story {
  const atMs = given.atMs ?? Date.now();
  const applicationId = given.applicationId ?? newId('app', atMs);
  const endpointId = given.endpointId ?? newId('ep', atMs);
  const message = aMessage({ applicationId, acceptedAtMs: atMs });
  const ids = { applicationId, endpointId, messageId: message.id, atMs };
  const of = { ...ids, deliveryId: deliveryIdOf(message.id, endpointId), eventType: message.eventType };
  return {
    ...ids,
    message,
    facts: [
      { kind: 'matched', messageId: message.id, applicationId, atMs, endpointIds: [endpointId] },
      anAttempt(ids, 1, { atMs: atMs + 10, nextAttemptAtMs: atMs + 5_000 }),
      { ...of, kind: 'parked', reason: 'lane-full', atMs: atMs + 20 },
      { ...of, kind: 'released', atMs: atMs + 30 },
      anAttempt(ids, 2, { atMs: atMs + 40, outcome: 'delivered', status: 200, fate: 'delivered' }),
    ],
  };
}

function aMessage(given: Partial<MessageRecord> = {}): MessageRecord {
  const acceptedAtMs = given.acceptedAtMs ?? Date.now();
  return {
    id: newId('msg', acceptedAtMs),
    applicationId: newId('app', acceptedAtMs),
    eventType: 'message.received',
    acceptedAtMs,
    payload: Buffer.from('{"type":"message.received"}'),
    ...given,
  };
}

function anAttempt(
  of: Pick<Story, 'applicationId' | 'endpointId' | 'messageId' | 'atMs'>,
  attempt: number,
  given: Partial<AttemptFact> = {},
): AttemptFact {
  const atMs = given.atMs ?? of.atMs;
  return {
    kind: 'attempt',
    deliveryId: deliveryIdOf(of.messageId, of.endpointId),
    messageId: of.messageId,
    applicationId: of.applicationId,
    endpointId: of.endpointId,
    eventType: 'message.received',
    attemptId: newId('atmpt', atMs),
    attempt,
    url: 'https://example.com/hooks',
    outcome: 'failed',
    timing: { totalMs: 12 },
    trigger: 'scheduled',
    ...given,
    atMs,
  };
}

async function everything(reader: DeliveryLogReader, story: Story) {
  const { applicationId, messageId } = story;
  return {
    message: await reader.message(applicationId, messageId),
    messages: (await reader.messages(applicationId, FIRST_PAGE, {})).rows,
    attempts: (await reader.attemptsOfMessage(applicationId, messageId, { ...FIRST_PAGE, order: 'ascending' }, {}))
      .rows,
    deliveries: await reader.deliveriesOfMessage(applicationId, messageId),
  };
}
