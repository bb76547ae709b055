import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { scrape } from '@signpost/testing';
import { Scene } from './scene.js';

const BYTES = 600_000;

describe('HTTP intake with more bodies under way than there is room for', () => {
  let scene: Scene;
  let application: Application;
  let port: number;
  beforeAll(async () => {
    scene = await Scene.open({ HTTP_BODIES_BYTES: '1048576' });
    application = await scene.application();
    ({ port } = await scene.start(ingestRole));
  });
  afterAll(() => scene.close());

  const path = (): string => `/api/v1/app/${application.id}/msg`;

  /** Announces a large body and sends the beginning of it. */
  function begin(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        const head = [`POST ${path()} HTTP/1.1`, 'host: x', `authorization: Bearer ${scene.apiKey}`];
        head.push('content-type: application/json', `content-length: ${String(BYTES)}`, '', '{');
        socket.write(head.join('\r\n'), () => {
          resolve(socket);
        });
      });
      socket.once('error', reject);
    });
  }

  const publish = (bytes = 10): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(port)}${path()}`, {
      method: 'POST',
      body: JSON.stringify({ eventType: 'a', payload: { text: 'x'.repeat(bytes) } }),
      headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    });

  it('answers 503 with Retry-After before it reads any, and takes them in again once there is room', async () => {
    const slow = await begin();
    await scene.until('the slow one to take up room', async () => (await publish(BYTES)).status === 503);
    const refused = await publish(BYTES);
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      503,
      '1',
      { code: 'busy' },
    ]);
    expect((await publish()).status).toBe(202);
    slow.destroy();
    // Larger than what one payload may be: it is read and looked at, which is what there has to be room for.
    await scene.until('room', async () => (await publish(BYTES)).status === 413);
    // What was refused unread was ours to take in.
    await scene.until('it to be told', async () => {
      const answered = (await scrape(port)).of('signpost_intake_requests_total', { answer: 'failed' });
      return answered !== undefined && answered >= 2;
    });
  });
});
