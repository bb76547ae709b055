import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageHeaders, messageKey, readFact, readMessage, TOPICS, type MessageRecord } from '@signpost/contracts';
import { newId, type Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { matcherRole } from '@signpost/subscription-matcher';
import { Scene, type KeptRecord } from './scene.js';

const QUOTA = 100;
const BATCH = 10;
const SPAN_MS = 5_000;

type EventTopic = typeof TOPICS.messages | typeof TOPICS.messagesBulk;

const applicationOf = (record: KeptRecord): string => readMessage(record).applicationId;

describe('intake quotas', () => {
  let scene: Scene;
  let origins: readonly string[];

  beforeAll(async () => {
    scene = await Scene.open({ INGEST_APPLICATION_QUOTA: '100000' });
    const processes = [await scene.start(ingestRole), await scene.start(ingestRole)];
    origins = processes.map(({ port }) => `http://127.0.0.1:${String(port)}/api/v1`);
  });
  afterAll(async () => {
    await scene.close();
  });

  async function publish(application: Application, origin = origins[0] ?? ''): Promise<void> {
    const data = Array.from({ length: BATCH }, () => ({ eventType: 'a', payload: {} }));
    const answer = await fetch(`${origin}/app/${application.id}/msg/batch`, {
      method: 'POST',
      body: JSON.stringify({ data }),
      headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(202);
  }

  /** At every process, one batch after the other; three times as many at the first. */
  function flood(application: Application): () => Promise<void> {
    let isOn = true;
    const at = [origins[0], origins[0], origins[0], origins[1]];
    const running = at.map(async (origin) => {
      while (isOn) await publish(application, origin);
    });
    return async () => {
      isOn = false;
      await Promise.all(running);
    };
  }

  it('hold over two processes within a fifth; the rest of a flood goes to messages.bulk, and others stay', async () => {
    const flooding = await scene.application({ intakeQuota: QUOTA });
    const calm = await scene.application();
    const fast = await scene.keep(TOPICS.messages);
    const slow = await scene.keep(TOPICS.messagesBulk);
    const of = (records: readonly KeptRecord[], { id }: Application): readonly KeptRecord[] =>
      records.filter((record) => applicationOf(record) === id);
    await publish(calm);
    const stop = flood(flooding);
    await scene.until('a flood beyond the quota', () => of(slow, flooding).length > 10 * QUOTA);
    let from = performance.now();
    let before = of(fast, flooding).length;
    await scene.until('a span within a fifth of the quota', () => {
      const spanMs = performance.now() - from;
      if (spanMs < SPAN_MS) return false;
      const rate = ((of(fast, flooding).length - before) / spanMs) * 1_000;
      from = performance.now();
      before = of(fast, flooding).length;
      return rate > QUOTA * 0.8 && rate < QUOTA * 1.2;
    });
    await publish(calm, origins[1]);
    await stop();
    await scene.until('all of the calm one', () => of(fast, calm).length === 2 * BATCH);
    expect(of(slow, calm)).toEqual([]);
    const [one] = of(slow, flooding);
    expect(one && readMessage(one).isOverQuota).toBe(true);
  });
});

describe('the matcher beside messages.bulk', () => {
  const BACKLOG = 4_000;
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene.close();
  });

  function append(topic: EventTopic, applicationId: Application['id'], eventId?: string): Promise<MessageRecord> {
    const message: MessageRecord = {
      id: newId('msg', Date.now()),
      applicationId,
      eventType: 'a',
      acceptedAtMs: Date.now(),
      payload: Buffer.from('{}'),
      ...(eventId === undefined ? {} : { eventId }),
    };
    const record = { topic, key: messageKey(message), value: message.payload, headers: messageHeaders(message) };
    return scene.sink.append(record).then(() => message);
  }

  it('takes what lies in messages long before, and all of what lies there in the end', async () => {
    const [flooding, calm] = [await scene.application(), await scene.application()];
    for (const { id } of [flooding, calm]) await scene.endpoint(id);
    const journal = await scene.keep(TOPICS.journal);
    const ofCalm = new Set<string>();
    await Promise.all(
      Array.from({ length: BACKLOG }, async () => {
        await append(TOPICS.messagesBulk, flooding.id);
        ofCalm.add((await append(TOPICS.messages, calm.id)).id);
      }),
    );
    await scene.start(matcherRole);
    await scene.until('the match of all', () => journal.length === 2 * BACKLOG);
    const isOfCalm = journal.map(({ key }) => ofCalm.has(String(key)));
    const before = isOfCalm.slice(0, isOfCalm.lastIndexOf(true)).filter((is) => !is).length;
    expect(before).toBeLessThan(BACKLOG / 8);
  });

  it('sends an event once that came by both topics', async () => {
    const application = await scene.application();
    const endpoint = await scene.endpoint(application.id);
    const journal = await scene.keep(TOPICS.journal);
    const matchedTo = async ({ id }: MessageRecord): Promise<unknown> => {
      const find = () => journal.find(({ key }) => key?.toString() === id);
      await scene.until(`the match of ${id}`, find);
      const fact = readFact(find()?.value ?? null);
      return fact.kind === 'matched' ? fact.endpointIds : fact;
    };
    for (const [first, second] of [
      [TOPICS.messages, TOPICS.messagesBulk],
      [TOPICS.messagesBulk, TOPICS.messages],
    ] as const) {
      expect(await matchedTo(await append(first, application.id, `by ${first}`))).toEqual([endpoint.id]);
      expect(await matchedTo(await append(second, application.id, `by ${first}`))).toEqual([]);
    }
  });
});
