import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiRole } from '@signpost/api';
import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { recorderRole } from '@signpost/recorder';
import { boot, type RunningProcess } from '@signpost/runtime';
import { ApiScene, type Answer } from './support.js';

describe('reading what was just returned', () => {
  let scene: ApiScene;
  let app: ApplicationId;
  let endpoint: EndpointId;
  let recorder: RunningProcess | undefined;
  beforeAll(async () => {
    // The recorder is a process of its own here, and does not run yet.
    scene = await ApiScene.open(undefined, {}, [apiRole]);
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    const created = await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/', uid: 'main' });
    endpoint = created.body.id as EndpointId;
  });
  afterAll(async () => {
    await recorder?.stop();
    await scene.close();
  });

  const get = (path: string): Promise<Answer> => scene.call('GET', `/api/v1/app/one/${path}`);
  const startRecorder = async () => (recorder = await boot([recorderRole], { ...scene.env }));

  function aMessage(): MessageRecord {
    const acceptedAtMs = Date.now();
    const id = newId('msg', acceptedAtMs);
    const payload = Buffer.from('{}');
    return { id, applicationId: app, eventType: 'a', eventId: `event-of-${id}`, acceptedAtMs, payload };
  }

  function anAttempt({ id: messageId, eventType }: MessageRecord): AttemptFact {
    const atMs = Date.now();
    return {
      kind: 'attempt',
      deliveryId: deliveryIdOf(messageId, endpoint),
      messageId,
      applicationId: app,
      endpointId: endpoint,
      eventType,
      attemptId: newId('atmpt', atMs),
      attempt: 1,
      url: 'https://example.com/',
      outcome: 'delivered',
      status: 200,
      timing: { totalMs: 1 },
      trigger: 'scheduled',
      fate: 'delivered',
      atMs,
    };
  }

  const readings = (message: MessageRecord, { attemptId }: AttemptFact): readonly string[] => [
    `msg/${message.id}`,
    `msg/${message.eventId ?? ''}`,
    `attempt/msg/${message.id}`,
    `msg/${message.id}/endpoint`,
    `msg/${message.id}/attempt/${attemptId}`,
  ];

  it('waits for a recorder that is away, and says that the log is behind when it stays away: never 404', async () => {
    const message = aMessage();
    const attempt = anAttempt(message);
    await scene.publish(message);
    await scene.tell(attempt);
    const answers = await Promise.all(readings(message, attempt).map(get));
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [503, 'log_behind']));
    const missing = await get(`msg/${newId('msg', Date.now())}`);
    expect(missing.status).toBe(503);
  });

  it('answers once the recorder is back', async () => {
    const message = aMessage();
    const attempt = anAttempt(message);
    await scene.publish(message);
    await scene.tell(attempt);
    const reading = Promise.all(readings(message, attempt).map(get));
    await startRecorder();
    // Its start may take longer than one request waits; who comes again then is answered.
    const answers = await reading;
    for (const [at, { status }] of answers.entries()) {
      expect([200, 503]).toContain(status);
      const path = readings(message, attempt)[at] ?? '';
      let again = await get(path);
      while (again.status === 503) again = await get(path);
      expect(again.status).toBe(200);
    }
  });

  it('answers at the first time with the recorder at work, and 404 for what there is not', async () => {
    for (let time = 0; time < 10; time += 1) {
      const message = aMessage();
      const attempt = anAttempt(message);
      await Promise.all([scene.publish(message), scene.tell(attempt)]);
      const answers = await Promise.all(readings(message, attempt).map(get));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    }
    const { id } = aMessage();
    const absent = [`msg/${id}`, 'msg/no-such-event', `attempt/msg/${id}`, `msg/${id}/endpoint`];
    for (const path of absent) expect((await get(path)).status).toBe(404);
    const known = aMessage();
    await scene.publish(known);
    expect((await get(`msg/${known.id}/attempt/${newId('atmpt', Date.now())}`)).status).toBe(404);
    expect((await get(`msg/${known.id}/attempt/none`)).status).toBe(404);
  });

  it('finds applications and endpoints at once, by id and by uid', async () => {
    for (let time = 0; time < 5; time += 1) {
      const uid = `app-${String(time)}`;
      const { id } = (await scene.call('POST', '/api/v1/app', { name: uid, uid })).body;
      const made = await scene.call('POST', `/api/v1/app/${uid}/endpoint`, { url: 'https://example.com/', uid: 'ep' });
      const paths = [id, uid, `${id}/endpoint/${made.body.id}`, `${uid}/endpoint/ep`, `${uid}/endpoint/ep/stats`];
      const lists = [`${uid}/endpoint/ep/msg`, `${uid}/attempt/endpoint/${made.body.id}`];
      const answers = await Promise.all([...paths, ...lists].map((path) => scene.call('GET', `/api/v1/app/${path}`)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    }
  });
});
