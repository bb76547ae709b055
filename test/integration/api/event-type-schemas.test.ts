import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE, type ApplicationId, type OrganisationId } from '@signpost/domain';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const COMMITTED = new URL('../../../docs/reference/asyncapi.json', import.meta.url);
const ONE = {
  type: 'object',
  required: ['type', 'data'],
  properties: {
    type: { const: 'order.made' },
    data: { type: 'object', required: ['total'], properties: { total: { type: 'integer' } } },
  },
};
const withData = (data: object): object => ({ ...ONE, properties: { ...ONE.properties, data } });

describe('the schemas of event types', () => {
  let scene: ApiScene;
  let made = 0;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  const path = (name: string): string => `/api/v1/event-type/${name}`;
  const create = (name: string, schemas: object): Promise<Answer> =>
    scene.call('POST', '/api/v1/event-type', { name, description: '', schemas });
  const types = ({ body }: Answer): unknown =>
    (body.detail as readonly { readonly loc: readonly string[]; readonly type: string }[]).map(({ loc, type }) => [
      loc.join('.'),
      type,
    ]);
  async function one(): Promise<string> {
    made += 1;
    const name = `order.made.${String(made)}`;
    expect((await create(name, { '1': ONE })).status).toBe(201);
    return name;
  }

  it('may be changed so that receivers read on', async () => {
    const name = await one();
    const more = withData({
      ...ONE.properties.data,
      required: ['total', 'currency'],
      properties: { total: { type: 'integer', minimum: 0 }, currency: { enum: ['EUR'] } },
    });
    expect((await scene.call('PATCH', path(name), { schemas: { '1': more } })).body).toMatchObject({
      schemas: { '1': more },
    });
  });

  it.each(['PATCH', 'PUT'])('may not be changed otherwise with %s: the answer says why, and where', async (method) => {
    const name = await one();
    const other = withData({ type: 'object', properties: { total: { type: 'string' } } });
    const refused = await scene.call(method, path(name), { description: '', schemas: { '1': other } });
    expect(refused.status).toBe(422);
    expect(types(refused)).toEqual([
      ['body.schemas.1.properties.data.required', 'schema_no_longer_required'],
      ['body.schemas.1.properties.data.properties.total.type', 'schema_type_widened'],
    ]);
    expect(refused.text).toContain('a version of its own');
    expect((await scene.call('GET', path(name))).body).toMatchObject({ schemas: { '1': ONE } });
    // The way out.
    const added = await scene.call(method, path(name), { description: '', schemas: { '2': other } });
    expect(added.body).toMatchObject({ schemas: { '1': ONE, '2': other } });
  });

  it('stay when a request does not name them, and are not taken away', async () => {
    const name = await one();
    expect((await scene.call('PUT', path(name), { description: 'new' })).body).toMatchObject({ schemas: { '1': ONE } });
    const refused = await scene.call('PATCH', path(name), { schemas: null });
    expect([refused.status, types(refused)]).toEqual([422, [['body.schemas.1', 'schema_version_removed']]]);
  });

  it('hold for an archived event type that comes back, and not for one that was forgotten', async () => {
    const name = await one();
    await scene.call('DELETE', path(name));
    expect((await create(name, { '1': { type: 'object' } })).status).toBe(422);
    expect((await create(name, { '2': { type: 'object' } })).body).toMatchObject({ schemas: { '1': ONE } });
    await scene.call('DELETE', `${path(name)}?expunge=true`);
    expect((await create(name, { '1': { type: 'string' } })).status).toBe(201);
  });

  it('let one of two breaking changes at the same time through at most', async () => {
    const name = await one();
    const narrowed = [{ enum: [1] }, { enum: [2] }].map((total) => ({
      '1': withData({ ...ONE.properties.data, properties: { total } }),
    }));
    const answers = await Promise.all(narrowed.map((schemas) => scene.call('PATCH', path(name), { schemas })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422]);
  });

  it.each<[string, object, string, string]>([
    ['no schema', { type: 'text' }, 'body.schemas.1.type', 'schema_invalid'],
    ['a reference to elsewhere', { $ref: 'http://169.254.169.254/' }, 'body.schemas.1.$ref', 'reference_invalid'],
    ['a pattern without bounded time', { pattern: '(?=a)' }, 'body.schemas.1.pattern', 'pattern_invalid'],
    ['one that is too large', { title: 'x'.repeat(70_000) }, 'body.schemas.1', 'schema_too_large'],
  ])('are refused as %s', async (_, schema, loc, type) => {
    const refused = await create('never.made', { '1': schema });
    expect([refused.status, (types(refused) as unknown[])[0]]).toEqual([422, [loc, type]]);
    expect((await scene.call('GET', path('never.made'))).status).toBe(404);
  });

  it('reach whoever checks payloads by them, the newest one, with what was asked for', async () => {
    const name = await one();
    const answer = await scene.call('PATCH', path(name), { schemas: { '10': withData({}) }, validation: 'warn' });
    expect(answer.body).toMatchObject({ validation: 'warn' });
    const organisationId = await organisation();
    const known = () => scene.control.view.eventType(organisationId, name);
    await until(() => Promise.resolve(known()?.version === 2), { timeoutMs: 10_000, what: 'the event type' });
    expect(known()).toMatchObject({ validation: 'warn', schema: JSON.stringify(withData({})) });
    const application = { name: 'a', validation: { [name]: 'enforce', '*': 'off' } };
    const created = await scene.call('POST', '/api/v1/app', application);
    expect(created.body).toMatchObject(application);
    const app = () => scene.control.view.application(organisationId, created.body.id);
    await until(() => Promise.resolve(app() !== undefined), { timeoutMs: 10_000, what: 'the application' });
    expect(app()?.validation).toEqual(application.validation);
    const wrong = await scene.call('POST', '/api/v1/app', { name: 'a', validation: { [name]: 'maybe' } });
    expect([wrong.status, types(wrong)]).toEqual([422, [[`body.validation.${name}`, 'invalid_value']]]);
  });

  async function organisation(): Promise<OrganisationId> {
    const { id } = (await scene.call('POST', '/api/v1/app', { name: 'of the organisation' })).body;
    const known = () => scene.control.view.applicationById(id as ApplicationId);
    await until(() => Promise.resolve(known() !== undefined), { timeoutMs: 10_000, what: 'the application' });
    const application = known();
    if (application === undefined) throw new Error('the application is gone');
    return application.organisationId;
  }

  it('of the catalogue are listed with their examples, and stand in the description of the topics', async () => {
    const { status, body } = await scene.call('GET', '/api/v1/event-catalogue');
    expect([status, body.data]).toEqual([200, JSON.parse(JSON.stringify(EVENT_CATALOGUE))]);
    const topics = await scene.raw('GET', '/api/v1/asyncapi.json', undefined, undefined);
    expect([topics.status, topics.body]).toEqual([200, JSON.parse(readFileSync(COMMITTED, 'utf8'))]);
  });
});
