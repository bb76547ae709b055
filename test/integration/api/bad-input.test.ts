import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { ApiScene } from './support.js';

const URL_OF_RECEIVER = 'https://example.com/hooks';

describe('bad input', () => {
  let scene: ApiScene;
  let app: string;
  let endpoint: string;
  let foreign: string;
  beforeAll(async () => {
    // Wrong keys are what is tested, and they all come from one address.
    scene = await ApiScene.open(undefined, { AUTH_FAILURES_PER_MINUTE: '60000' });
    foreign = await scene.keyOf('somebody else');
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id;
    endpoint = (await scene.call('POST', '/api/v1/app/one/endpoint', { url: URL_OF_RECEIVER, uid: 'main' })).body.id;
    await scene.call('POST', '/api/v1/event-type', { name: 'a.b', description: '' });
  });
  afterAll(() => scene.close());

  /** Every operation that needs a key, on what the first organisation has. */
  const operations = (): [string, string, unknown?][] => [
    ['GET', `app/${app}`],
    ['PUT', `app/${app}`, { name: 'Mine' }],
    ['PATCH', `app/${app}`, { name: 'Mine' }],
    ['GET', `app/${app}/endpoint`],
    ['POST', `app/${app}/endpoint`, { url: URL_OF_RECEIVER }],
    ['GET', `app/${app}/endpoint/${endpoint}`],
    ['PUT', `app/${app}/endpoint/${endpoint}`, { url: URL_OF_RECEIVER }],
    ['PATCH', `app/${app}/endpoint/${endpoint}`, { disabled: true }],
    ['GET', `app/${app}/endpoint/${endpoint}/secret`],
    ['POST', `app/${app}/endpoint/${endpoint}/secret/rotate`, {}],
    ['GET', `app/${app}/endpoint/${endpoint}/headers`],
    ['PUT', `app/${app}/endpoint/${endpoint}/headers`, { headers: { 'x-a': 'mine' } }],
    ['PATCH', `app/${app}/endpoint/${endpoint}/headers`, { headers: { 'x-a': 'mine' } }],
    ['POST', `app/${app}/endpoint/${endpoint}/pause`],
    ['POST', `app/${app}/endpoint/${endpoint}/resume`],
    ['POST', `app/${app}/endpoint/${endpoint}/recover`, { since: new Date().toISOString() }],
    ['POST', `app/${app}/endpoint/${endpoint}/send-example`, { eventType: 'a.b' }],
    ['POST', `app/${app}/endpoint/${endpoint}/filter/try`, {}],
    ['POST', `app/${app}/msg/${newId('msg', 0)}/endpoint/${endpoint}/resend`],
    ['GET', `background-task/${newId('qtask', 0)}`],
    ['POST', `background-task/${newId('qtask', 0)}/cancel`],
    ['POST', 'recovery', { kind: 'redrive', why: 'mine', select: { appId: app } }],
    ['GET', `recovery/${newId('qtask', 0)}`],
    ['GET', `recovery/${newId('qtask', 0)}/record`],
    ['POST', `recovery/${newId('qtask', 0)}/abort`],
    ['GET', `app/${app}/msg`],
    ['GET', `app/${app}/msg/${newId('msg', 0)}`],
    ['GET', `app/${app}/msg/${newId('msg', 0)}/endpoint`],
    ['GET', `app/${app}/attempt/endpoint/${endpoint}`],
    ['GET', `app/${app}/attempt/msg/${newId('msg', 0)}`],
    ['GET', `app/${app}/msg/${newId('msg', 0)}/attempt/${newId('atmpt', 0)}`],
    ['GET', 'event-type/a.b'],
    ['PATCH', 'event-type/a.b', { description: 'mine' }],
    ['DELETE', 'event-type/a.b'],
    ['DELETE', `app/${app}/endpoint/${endpoint}`],
    ['DELETE', `app/${app}`],
  ];

  it('without a key, or with a wrong one, is answered 401 by every operation', async () => {
    for (const [method, path, body] of [
      ...operations(),
      ['GET', 'app'],
      ['POST', 'app', { name: 'x' }],
      ['GET', 'event-type'],
    ] as [string, string, unknown?][]) {
      for (const key of [undefined, 'sk_wrong', `${scene.key}x`]) {
        const answer = await scene.raw(
          method,
          `/api/v1/${path}`,
          body === undefined ? undefined : JSON.stringify(body),
          key,
        );
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.body).toMatchObject({ code: 'authentication_failed', detail: expect.stringContaining('key') });
      }
    }
  });

  it('about what another organisation has is answered 404 by every operation, and changes nothing', async () => {
    for (const [method, path, body] of operations()) {
      const answer = await scene.call(method, `/api/v1/${path}`, body, foreign);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      expect(answer.body).toMatchObject({ code: 'not_found', detail: expect.any(String) });
    }
    expect((await scene.call('GET', '/api/v1/app', undefined, foreign)).body.data).toEqual([]);
    expect((await scene.call('GET', '/api/v1/event-type', undefined, foreign)).body.data).toEqual([]);
    expect((await scene.call('GET', `/api/v1/app/${app}/endpoint/${endpoint}`)).body).toMatchObject({
      version: 1,
      disabled: false,
    });
    expect((await scene.call('GET', '/api/v1/event-type/a.b')).body).toMatchObject({
      description: '',
      archived: false,
    });
  });

  it('to a path that does not take the method is answered 405 and says which it takes', async () => {
    const response = await fetch(`${scene.origin}/api/v1/app/${app}`, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD, PATCH, PUT');
    expect(await response.json()).toMatchObject({
      code: 'method_not_allowed',
      detail: expect.stringContaining('PATCH'),
    });
    expect((await scene.call('POST', '/api/v1/nothing')).status).toBe(404);
  });

  it('that is no JSON is answered 400 with what to do', async () => {
    for (const text of ['{"name":', '', 'name=x']) {
      const answer = await scene.raw('POST', '/api/v1/app', text, scene.key);
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'invalid_json', detail: expect.stringContaining('JSON') },
      });
    }
  });

  it.each([
    ['POST', 'app', {}, ['body', 'name']],
    ['POST', 'app', { name: '' }, ['body', 'name']],
    ['POST', 'app', { name: 'a\0b' }, ['body', 'name']],
    ['POST', 'app', { name: 'half \ud800' }, ['body', 'name']],
    ['POST', 'app', { name: 5 }, ['body', 'name']],
    ['POST', 'app', { name: 'x', uid: 'a b' }, ['body', 'uid']],
    ['POST', 'app', { name: 'x', uid: 'x'.repeat(257) }, ['body', 'uid']],
    ['POST', 'app', { name: 'x', throttleRate: 0 }, ['body', 'throttleRate']],
    ['POST', 'app', { name: 'x', weight: 101 }, ['body', 'weight']],
    ['POST', 'app', { name: 'x', intakeQuota: 0 }, ['body', 'intakeQuota']],
    ['POST', 'app', { name: 'x', metadata: { a: 1 } }, ['body', 'metadata', 'a']],
    ['POST', 'app', { name: 'x', metadata: { a: '\0' } }, ['body', 'metadata', 'a']],
    ['POST', 'app', [], ['body']],
    ['POST', 'app', null, ['body']],
    ['POST', 'app/one/endpoint', {}, ['body', 'url']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, eventTypes: ['a b'] }, ['body', 'eventTypes', '0']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, eventTypes: [] }, ['body', 'eventTypes']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, channels: ['a', 'a'] }, ['body', 'channels']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, secret: 'short' }, ['body', 'secret']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, secret: `=${'a'.repeat(39)}` }, ['body', 'secret']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, retrySchedule: [0] }, ['body', 'retrySchedule', '0']],
    [
      'POST',
      'app/one/endpoint',
      { url: URL_OF_RECEIVER, retrySchedule: [1], retryPreset: 'fast' },
      ['body', 'retryPreset'],
    ],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, ordering: 'time' }, ['body', 'ordering']],
    ['POST', 'app/one/endpoint', { url: URL_OF_RECEIVER, orderingPolicy: 'block' }, ['body', 'ordering']],
    [
      'PATCH',
      'app/one/endpoint/main',
      { ordering: 'conversation', orderingPolicy: 'skip' },
      ['body', 'orderingSkipAfter'],
    ],
    ['PATCH', 'app/one/endpoint/main', { disabled: 'yes' }, ['body', 'disabled']],
    ['POST', 'event-type', { name: 'a b', description: '' }, ['body', 'name']],
    ['POST', 'event-type', { name: 'a'.repeat(257), description: '' }, ['body', 'name']],
    ['POST', 'event-type', { name: 'a.c' }, ['body', 'description']],
    ['GET', 'app?limit=0', undefined, ['query', 'limit']],
    ['GET', 'app?limit=251', undefined, ['query', 'limit']],
    ['GET', 'app?limit=ten', undefined, ['query', 'limit']],
    ['GET', 'app?order=sideways', undefined, ['query', 'order']],
    ['GET', 'app?iterator=%00', undefined, ['query', 'iterator']],
    ['GET', 'app/one/msg?before=yesterday', undefined, ['query', 'before']],
    ['GET', 'app/one/msg?event_types=a%20b', undefined, ['query', 'event_types', '0']],
    ['GET', 'app/one/attempt/endpoint/main?status=7', undefined, ['query', 'status']],
    ['GET', 'app/%00', undefined, ['path', 'appId']],
    ['GET', 'app/one/msg/%00', undefined, ['path', 'messageId']],
    ['GET', `event-type/${encodeURIComponent('ä')}`, undefined, ['path', 'eventType']],
  ])('%s %s %j is answered 422 with the place of the fault', async (method, path, body, loc) => {
    const answer = await scene.call(method, `/api/v1/${path}`, body);
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.body.detail).toContainEqual({ loc, msg: expect.any(String), type: expect.any(String) });
  });

  it('of unknown paths, iterators and ids is answered, never failed on', async () => {
    expect((await scene.call('GET', '/api/v1/nothing')).status).toBe(404);
    expect((await scene.call('GET', '/api/v1/app?iterator=zzz')).body).toMatchObject({ data: [], done: true });
    expect((await scene.call('GET', '/api/v1/app/unknown')).status).toBe(404);
    expect((await scene.call('GET', '/api/v1/app/one/endpoint/unknown')).status).toBe(404);
    expect((await scene.call('GET', `/api/v1/app/one/msg?iterator=-${newId('msg', 0)}`)).status).toBe(200);
    expect((await scene.call('GET', '/api/v1/app/one/msg?before=0001-01-01T00:00:00Z')).body.data).toEqual([]);
    expect((await scene.call('GET', '/api/v1/app/one/msg?after=9999-12-31T00:00:00Z')).body.data).toEqual([]);
  });

  it('in a path that does not decode is answered 400 in the form of all errors', async () => {
    const answer = await scene.raw('GET', '/api/v1/app/%E0%A4%A', undefined, scene.key);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ code: 'bad_request', detail: expect.stringContaining('Escape the path') });
  });

  it('that is too large is answered 413', async () => {
    const answer = await scene.call('POST', '/api/v1/app', { name: 'x'.repeat(10_000_000) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });
});
