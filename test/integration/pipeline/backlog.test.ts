import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { newId, type Endpoint } from '@signpost/domain';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import type { RunningProcess } from '@signpost/runtime';
import { aDelivery, Scene } from './scene.js';

/** Promise 4, for who looks at it: a recorder whose database is away tells what waits in Kafka all the same. */
describe('what a recorder without a database tells of the backlog', () => {
  let scene: Scene;
  let recorder: RunningProcess;
  let endpoint: Endpoint;
  beforeAll(async () => {
    scene = await Scene.open({
      DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/none',
      BACKLOG_EVERY_MS: '100',
    });
    endpoint = await scene.endpoint(newId('app', 0));
    recorder = await scene.start(recorderRole);
  });
  afterAll(() => scene.close());

  async function scrape(): Promise<ReadonlyMap<string, number>> {
    const answer = await fetch(`http://127.0.0.1:${String(recorder.port)}/metrics`);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }
  const until = (what: string, series: string, fits: (value: number) => boolean) =>
    scene.until(what, async () => fits((await scrape()).get(series) ?? Number.NaN));

  it('is how far each group is behind, in records and in time', async () => {
    const delivery = aDelivery(endpoint);
    await scene.append(TOPICS.deliveries, delivery);
    const labels = '{group="dispatcher",topic="deliveries"}';
    await until('the delivery to wait', `signpost_group_lag_records${labels}`, (records) => records === 1);
    await until('its age to rise', `signpost_group_lag_seconds${labels}`, (seconds) => seconds > 0.3);
    await until('it to be undelivered', 'signpost_oldest_undelivered_seconds', (seconds) => seconds > 0.3);
    // As a dispatcher that is done with it.
    const { connection } = scene;
    const topic = connection.physical(TOPICS.deliveries);
    const admin = await connection.admin();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.setOffsets({
      groupId: connection.physical('dispatcher'),
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
    await until('the delivery to be gone', `signpost_group_lag_records${labels}`, (records) => records === 0);
    await until('nothing to be undelivered', 'signpost_oldest_undelivered_seconds', (seconds) => seconds === 0);
    expect((await scrape()).get(`signpost_group_lag_seconds${labels}`)).toBe(0);
  });

  it('is how deep a tier is and by how much it is overdue, until its scheduler has handed it back', async () => {
    const deliveries = [1, 2, 3].map(() =>
      aDelivery(endpoint, { attempt: 2, wait: { next: [], dueAtMs: Date.now() } }),
    );
    for (const delivery of deliveries) await scene.append(TOPICS.retry('1s'), delivery);
    await until('the tier to fill', 'signpost_tier_deliveries{tier="1s"}', (records) => records === 3);
    await until('the tier to be overdue', 'signpost_tier_overdue_seconds{tier="1s"}', (seconds) => seconds > 0.5);
    expect((await scrape()).get('signpost_tier_overdue_seconds{tier="24h"}')).toBe(0);
    await scene.start(retrySchedulerRole);
    await until('the tier to be empty', 'signpost_tier_deliveries{tier="1s"}', (records) => records === 0);
    expect((await scrape()).get('signpost_tier_overdue_seconds{tier="1s"}')).toBe(0);
  });

  it('is when it was seen, which does not come from the database', async () => {
    const seen = (await scrape()).get('signpost_backlog_seen_timestamp_seconds') ?? 0;
    await until('another look', 'signpost_backlog_seen_timestamp_seconds', (at) => at > seen);
    expect((await fetch(`http://127.0.0.1:${String(recorder.port)}/health/ready`)).status).toBe(503);
  });
});
