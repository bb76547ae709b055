import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiScene } from './support.js';

describe('the api process', () => {
  let scene: ApiScene;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  it('describes itself', async () => {
    const { status, body } = await scene.raw('GET', '/api/v1/openapi.json', undefined, undefined);
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/app',
        '/api/v1/app/{appId}/endpoint/{endpointId}/secret',
        '/api/v1/app/{appId}/attempt/msg/{messageId}',
      ]),
    );
    expect(body.paths['/api/v1/app']).toMatchObject({
      post: { requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } } },
    });
    const page = await scene.raw('GET', '/docs', undefined, undefined);
    expect(page.text).toContain('/docs/swagger-ui-bundle.js');
    expect((await scene.raw('GET', '/docs/swagger-ui-bundle.js', undefined, undefined)).status).toBe(200);
    expect((await scene.raw('GET', '/docs/package.json', undefined, undefined)).status).toBe(404);
  });

  it('answers its health without a key, and is ready', async () => {
    expect(await scene.raw('GET', '/api/v1/health', undefined, undefined)).toMatchObject({ status: 204, text: '' });
    expect((await scene.raw('HEAD', '/api/v1/health', undefined, undefined)).status).toBe(204);
    expect(await scene.raw('GET', '/health/ready', undefined, undefined)).toMatchObject({
      status: 200,
      body: { checks: { postgres: 'ok', kafka: 'ok', 'delivery log': 'ok' } },
    });
  });
});
