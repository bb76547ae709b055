import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { freshTopicPrefix, makeTopics, scrape, type Scraped } from '@signpost/testing';
import { Scene } from './scene.js';

const topic = `platform-${freshTopicPrefix()}figures`;

describe("intake's figures", () => {
  let scene: Scene;
  let application: Application;
  let port: number;
  let all: Scraped;

  const post = async (path: string, body: unknown) =>
    fetch(`http://127.0.0.1:${String(port)}/api/v1/app/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    });

  beforeAll(async () => {
    scene = await Scene.open({ INGEST_SOURCE_TOPICS: topic, HTTP_BODIES_BYTES: '1048576' });
    await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 1 }]);
    application = await scene.application();
    ({ port } = await scene.start(ingestRole));
    const message = { eventType: 'a', payload: {} };
    for (const data of [[message], [message, message]]) await post(`${application.id}/msg/batch`, { data });
    await post(`${application.id}/msg`, message);
    // Refused: a type that is none, an application that is not there, and a path that is none.
    await post(`${application.id}/msg`, { ...message, eventType: 'a"} 1\nevil' });
    await post('app%22%7D/msg', message);
    await post(`${application.id}/msg/%22%7D%0Aevil`, message);
    const producer = new Kafka({
      brokers: [...scene.connection.config.brokers],
      logLevel: logLevel.NOTHING,
    }).producer();
    await producer.connect();
    const headers = {
      ce_specversion: '1.0',
      ce_id: '1',
      ce_type: 't',
      ce_source: '/s',
      ce_application: application.id,
    };
    const timestamp = String(Date.now() - 60_000);
    await producer.send({ topic, messages: [{ key: 'k', value: '{}', headers, timestamp }] });
    await producer.disconnect();
    await scene.until('all of it', async () => {
      all = await scrape(port);
      return stage('count') === 5 && duration('publish', '4xx') === 2 && duration('api', '4xx') === 1;
    });
  }, 120_000);
  afterAll(() => scene.close());

  const stage = (what: 'count' | 'sum') => all.of(`signpost_stage_duration_seconds_${what}`, { stage: 'intake' });
  const duration = (area: string, answer: string) =>
    all.of('signpost_http_request_duration_seconds_count', { area, answer });
  const answered = (answer: string) => all.of('signpost_intake_requests_total', { answer });

  it('tell how long each message took, and of an event from a topic since it lay there', () => {
    expect(stage('count')).toBe(5);
    expect(stage('sum')).toBeGreaterThanOrEqual(60);
  });

  it('count requests that publish by their answer, and all by what they asked of', () => {
    expect([answered('accepted'), answered('refused'), answered('failed')]).toEqual([3, 2, 0]);
    expect(duration('publish', '2xx')).toBe(3);
    expect(duration('platform', '2xx')).toBeGreaterThan(0);
  });

  it('take no name from outside', () => {
    expect(all.series.filter((name) => name.includes(application.id) || /evil|%22/.test(name))).toEqual([]);
  });
});
