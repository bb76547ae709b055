import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { Methods } from './methods.js';

describe('Methods', () => {
  const methods = new Methods();
  const server = fastify();
  methods.follow(server);
  const answer = async (): Promise<string> => '';
  server.get('/api/v1/app', answer);
  server.post('/api/v1/app', answer);
  server.delete('/api/v1/app/:appId', answer);
  server.get('/api/v1/app/:appId/file.json', answer);
  server.get('/docs/*', answer);

  it.each([
    ['/api/v1/app', ['GET', 'HEAD', 'POST']],
    ['/api/v1/app?limit=1', ['GET', 'HEAD', 'POST']],
    ['/api/v1/app/one', ['DELETE']],
    ['/api/v1/app/one/file.json', ['GET', 'HEAD']],
    ['/api/v1/app/one/fileXjson', []],
    ['/api/v1/app/one/two', []],
    ['/api/v1', []],
    ['/docs/anything', []],
  ])('of %s are %j', (url, expected) => {
    expect(methods.of(url)).toEqual(expected);
  });
});
