import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Log, Metrics } from '@signpost/observability';
import { SchemaRegistry } from './schema-registry.js';

/** What is answered, by path, in turn; the last is given again. */
const answers = new Map<string, (readonly [number, unknown])[]>();
const asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const list = answers.get(path) ?? [[404, { error_code: 40403 }]];
    const [status, body] = (list.length > 1 ? list.shift() : list[0]) ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const metrics = new Metrics({ processMetrics: false });
const registryOf = (login: { username?: string; password?: string } = {}): SchemaRegistry =>
  new SchemaRegistry(
    { url, username: login.username, password: login.password },
    metrics,
    Log.create('silent', 'test'),
  );

describe('SchemaRegistry', () => {
  it('reads a schema and all that it refers to, each once and before whoever refers to it', async () => {
    const to = (subject: string) => ({ name: subject, subject, version: 1 });
    answers.set('/schemas/ids/1', [[200, { schema: 'top', references: [to('a'), to('b')] }]]);
    answers.set('/subjects/a/versions/1', [[200, { schema: 'a', references: [to('b')] }]]);
    answers.set('/subjects/b/versions/1', [[200, { schema: 'b', references: [] }]]);
    expect(await registryOf().schema(1)).toEqual({ type: 'AVRO', text: 'top', references: ['b', 'a'] });
  });

  it('says what kind of schema it is, and logs in', async () => {
    answers.set('/schemas/ids/2', [[200, { schema: '{}', schemaType: 'JSON' }]]);
    expect(await registryOf({ username: 'us', password: 'pass' }).schema(2)).toMatchObject({ type: 'JSON' });
    expect(asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('us:pass').toString('base64')}`);
  });

  it('asks again for as long as it is not answered as a registry does, and refuses only what it says is not there', async () => {
    const good = [200, { schema: '"string"' }] as const;
    answers.set('/schemas/ids/3', [[500, {}], [200, 'no schema'], good]);
    expect(await registryOf().schema(3)).toMatchObject({ text: '"string"' });
    await expect(registryOf().schema(4)).rejects.toMatchObject({ code: 'schema_unknown' });
  });

  it.each<[string, number, unknown]>([
    ['refuses the number', 422, { error_code: 42202, message: 'no number' }],
    ['finds the question malformed', 400, {}],
    ['has a schema in a form of its own', 200, { schema: { type: 'string' } }],
    ['has one that is larger than any answer', 200, { schema: 'x'.repeat(4_194_304) }],
    ['names references that are none', 200, { schema: '"string"', references: [{ name: 'a' }] }],
  ])(
    'waits for no schema of which the registry %s: what comes after it would wait as well',
    async (_, status, body) => {
      answers.set('/schemas/ids/5', [[status, body]]);
      await expect(registryOf().schema(5)).rejects.toMatchObject({ code: 'schema_unknown' });
    },
  );
});
