import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FilterTryOut } from '@signpost/contracts';
import { newId, type ApplicationId } from '@signpost/domain';
import { query, until } from '@signpost/testing';
import { ApiScene } from './support.js';

const ENDPOINTS = '/api/v1/app/one/endpoint';
const filters = [{ json: { data: { score: { $gte: 4 }, plan: 'pro' } } }, { cel: 'type.startsWith("rating.")' }];

describe("an endpoint's filters", () => {
  let scene: ApiScene;
  let app: ApplicationId;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
  });
  afterAll(() => scene.close());

  const make = (fields: object) => scene.call('POST', ENDPOINTS, { url: 'https://example.com/', ...fields });

  it('are kept as they were written, reach the data plane, and go only when they are taken away', async () => {
    const made = await make({ uid: 'kept', eventTypes: ['rating.*', 'lead.captured'], filters });
    expect([made.status, made.text]).toEqual([201, expect.stringContaining('"score":{"$gte":4},"plan":"pro"')]);
    expect(made.body).toMatchObject({ filters, eventTypes: ['rating.*', 'lead.captured'] });
    const path = `${ENDPOINTS}/kept`;
    expect((await scene.call('GET', path)).body).toMatchObject({ filters });
    await until(async () => scene.control.view.endpoint(made.body.id as never)?.filters !== undefined, {
      timeoutMs: 10_000,
      what: 'the data plane to know them',
    });
    expect(scene.control.view.endpoint(made.body.id as never)).toMatchObject({ filters });
    // A client that does not know them replaces everything else.
    const replaced = await scene.call('PUT', path, { url: 'https://example.com/', uid: 'kept' });
    expect(replaced.body).toMatchObject({ filters, eventTypes: null });
    expect((await scene.call('PATCH', path, { description: 'x' })).body).toMatchObject({ filters });
    const other = [{ cel: 'true' }];
    expect((await scene.call('PATCH', path, { filters: other })).body).toMatchObject({ filters: other });
    expect((await scene.call('PUT', path, { url: 'https://example.com/', filters: null })).body).not.toHaveProperty(
      'filters',
    );
  });

  it.each<[unknown, readonly string[], string, string]>([
    [[], ['filters'], 'too_small', ''],
    [{ json: {} }, ['filters'], 'invalid_type', ''],
    [
      [{ json: { data: { a: { $regex: 'a' } } } }],
      ['filters', '0', 'json', 'data', 'a', '$regex'],
      'filter_operator',
      'is no operator. There are $eq',
    ],
    [[{ json: { score: 1 } }], ['filters', '0', 'json', 'score'], 'filter_field', 'is nothing that a filter sees'],
    [[{ cel: 'true' }, { cel: 'data.a >' }], ['filters', '1', 'cel'], 'filter_syntax', 'is no CEL: at 1:8'],
    [[{ cel: 'data.t.matches("(a{100}){100}")' }], ['filters', '0', 'cel'], 'filter_operand', 'repeats too much'],
    [[{ sql: 'x' }], ['filters', '0'], 'invalid_union', ''],
    [[{ json: { data: 1 }, cel: 'true' }], ['filters', '0'], 'invalid_union', ''],
  ])('are refused with the place and the reason: %j', async (wrong, place, type, reason) => {
    for (const answer of [
      await make({ filters: wrong }),
      await scene.call('POST', `${ENDPOINTS}/tried/filter/try`, { filters: wrong }),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.body.detail).toContainEqual({
        loc: ['body', ...place],
        type,
        msg: expect.stringContaining(reason),
      });
    }
  });

  it('refuse a wildcard that is none', async () => {
    for (const eventTypes of [['a?'], ['*'.repeat(9)], ['[a-z]']]) {
      expect([eventTypes, (await make({ eventTypes })).status]).toEqual([eventTypes, 422]);
    }
  });

  it('are tried against the newest messages, which changes nothing', async () => {
    const scores = [1, 5, 3, 4];
    const sinceMs = Date.now() - 10_000;
    for (const [at, score] of scores.entries()) {
      const acceptedAtMs = sinceMs + at;
      const payload = Buffer.from(JSON.stringify({ type: 'rating.submitted', data: { score } }));
      const eventType = at === 3 ? 'form.submitted' : 'rating.submitted';
      const conversationId = `c-${String(at)}`;
      const message = { id: newId('msg', acceptedAtMs), applicationId: app, eventType, acceptedAtMs, payload };
      await scene.publish({ ...message, conversationId });
    }
    await until(async () => (await query(scene.databaseUrl, 'SELECT FROM messages')).length === scores.length, {
      timeoutMs: 20_000,
      what: 'the messages to be recorded',
    });
    const made = await make({
      uid: 'tried',
      eventTypes: ['rating.*'],
      filters: [{ json: { data: { score: { $gte: 4 } } } }],
    });
    const tried = async (body: object): Promise<FilterTryOut> => {
      const answer = await scene.call('POST', `${ENDPOINTS}/tried/filter/try`, body);
      expect(answer.status).toBe(200);
      return answer.body as unknown as FilterTryOut;
    };
    const own = await tried({});
    expect(own).toMatchObject({ tried: 4, matched: 1, summary: 'It would have matched 1 of the last 4 messages.' });
    expect(own.messages.map(({ rule }) => rule?.clause)).toEqual([
      'rating.*',
      'json data.score $gte 4: is 3',
      undefined,
      'json data.score $gte 4: is 1',
    ]);
    expect(await tried({ eventTypes: null })).toMatchObject({ matched: 2 });
    expect(await tried({ eventTypes: null, filters: null })).toMatchObject({ matched: 4 });
    expect(await tried({ filters: [{ cel: 'conversation == "c-1"' }] })).toMatchObject({ matched: 1 });
    expect(await tried({ channels: ['x'], limit: 2 })).toMatchObject({
      tried: 2,
      matched: 0,
      messages: [{ rule: { kind: 'event-type' } }, { rule: { kind: 'channel', clause: 'x' } }],
    });
    expect((await scene.call('GET', `${ENDPOINTS}/tried`)).body.version).toBe(made.body.version);
    expect((await scene.call('POST', `${ENDPOINTS}/tried/filter/try`, { limit: 101 })).status).toBe(422);
    expect((await scene.call('POST', `${ENDPOINTS}/nobody/filter/try`, {})).status).toBe(404);
  });
});
