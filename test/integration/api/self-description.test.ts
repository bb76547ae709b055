import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiScene } from './support.js';

const COMMITTED = new URL('../../../docs/reference/openapi.json', import.meta.url);

describe('the api process', () => {
  let scene: ApiScene;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  it('describes itself', async () => {
    const { status, body } = await scene.raw('GET', '/api/v1/openapi.json', undefined, undefined);
    expect(status).toBe(200);
    // The whole of it: nothing depends on which roles this process runs.
    expect(body).toEqual(JSON.parse(readFileSync(COMMITTED, 'utf8')));
    const page = await fetch(`${scene.origin}/docs`);
    expect(await page.text()).toContain('/docs/swagger-ui-bundle.js');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect((await scene.raw('GET', '/docs/start.js', undefined, undefined)).text).toContain('/api/v1/openapi.json');
    expect((await scene.raw('GET', '/docs/swagger-ui-bundle.js', undefined, undefined)).status).toBe(200);
    expect((await scene.raw('GET', '/docs/package.json', undefined, undefined)).status).toBe(404);
  });

  it('answers its health without a key, and is ready', async () => {
    expect(await scene.raw('GET', '/api/v1/health', undefined, undefined)).toMatchObject({ status: 204, text: '' });
    expect((await scene.raw('HEAD', '/api/v1/health', undefined, undefined)).status).toBe(204);
    expect(await scene.raw('GET', '/api/v1/health/ping', undefined, undefined)).toMatchObject({
      status: 204,
      text: '',
    });
    expect(await scene.raw('GET', '/health/ready', undefined, undefined)).toMatchObject({
      status: 200,
      body: { checks: { postgres: 'ok', kafka: 'ok', 'delivery log': 'ok' } },
    });
  });
});
