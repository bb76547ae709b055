import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { deleteExpired } from '@signpost/postgres';
import { query } from '@signpost/testing';
import pg from 'pg';
import { ApiScene } from './support.js';

interface Entry {
  readonly id: string;
  readonly timestamp: string;
  readonly actor: { readonly type: string; readonly id?: string; readonly name?: string };
  readonly operation: string;
  readonly object: { readonly type: string; readonly id: string; readonly appId?: string };
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

describe('the audit log', () => {
  let scene: ApiScene;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown) => scene.call(method, `/api/v1/${path}`, body);
  const log = async (asked: string, key = scene.key): Promise<readonly Entry[]> => {
    const answer = await scene.call('GET', `/api/v1/audit-log?${asked}`, undefined, key);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body.data as unknown as readonly Entry[];
  };

  it('tells who changed what, before and after, newest first', async () => {
    const app = (await call('POST', 'app', { name: 'One', uid: 'told' })).body.id;
    await call('PATCH', 'app/told', { name: 'Two' });
    await call('DELETE', 'app/told');
    const entries = await log(`object_id=${app}`);
    const common = {
      id: expect.stringMatching(/^audit_/),
      timestamp: expect.any(String),
      actor: { type: 'api-key', id: expect.stringMatching(/^key_/), name: 'tests' },
      object: { type: 'application', id: app, appId: app },
    };
    expect(entries).toEqual([
      {
        ...common,
        operation: 'v1.application.delete',
        before: expect.objectContaining({ name: 'Two', endpoints: 0 }),
        after: null,
      },
      { ...common, operation: 'v1.application.patch', before: { name: 'One' }, after: { name: 'Two' } },
      {
        ...common,
        operation: 'v1.application.create',
        before: null,
        after: { name: 'One', uid: 'told', metadata: {} },
      },
    ]);
  });

  it('tells of a secret that there is one, and not which', async () => {
    await call('POST', 'app', { name: 'One', uid: 'secretive' });
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const endpoint = (await call('POST', 'app/secretive/endpoint', { url: 'https://example.com/', secret })).body.id;
    const [entry] = await log(`object_id=${endpoint}`);
    expect(entry).toMatchObject({ after: { secrets: '***', url: 'https://example.com/' } });
    const kept = JSON.stringify(await query(scene.databaseUrl, 'SELECT t::text FROM audit_log t'));
    const [row] = await query(scene.databaseUrl, `SELECT secrets FROM endpoints WHERE id = '${endpoint}'`);
    const [sealed] = row?.['secrets'] as readonly string[];
    expect(kept).not.toContain(secret.slice(6));
    expect(kept).not.toContain(String(sealed));
  });

  it('names a portal token, a command, and the service itself', async () => {
    await call('POST', 'app', { name: 'One', uid: 'actors' });
    const opened = await call('POST', 'auth/app-portal-access/actors', {});
    const token = (opened.body as unknown as { readonly token: string }).token;
    const made = await scene.call('POST', '/api/v1/app/actors/endpoint', { url: 'https://example.com/' }, token);
    const [byPortal] = await log(`object_id=${made.body.id}`);
    expect(byPortal).toMatchObject({ actor: { type: 'portal-token', id: expect.stringMatching(/^ptk_/) } });
    const [ofToken] = await log('object_type=portal-token&app_id=actors');
    expect(ofToken?.object.id).toBe(byPortal?.actor.id);
    expect(await log('actor_type=signpost')).toMatchObject([
      { operation: 'api-key.create', object: { type: 'api-key' } },
    ]);
  });

  it('is filtered by object, application, actor, operation and time, page by page', async () => {
    const key = await scene.keyOf('filters');
    const made: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      made.push((await scene.call('POST', '/api/v1/app', { name: String(count) }, key)).body.id);
    }
    const ids = async (asked: string) =>
      (await log(`object_type=application&${asked}`, key)).map(({ object }) => object.id);
    const newestFirst = [...made].reverse();
    expect(await ids('')).toEqual(newestFirst);
    expect(await ids('order=ascending')).toEqual(made);
    expect(await ids(`app_id=${String(made[1])}`)).toEqual([made[1]]);
    expect(await ids('operation=v1.application.create')).toEqual(newestFirst);
    expect(await ids('operation=v1.application.delete')).toEqual([]);
    const [newest, second] = await log('object_type=application', key);
    expect(await ids(`actor_id=${String(newest?.actor.id)}`)).toEqual(newestFirst);
    expect(await ids(`iterator=${String(second?.id)}`)).toEqual(newestFirst.slice(2));
    expect(await ids('limit=1')).toEqual([made[3]]);
    expect(await ids(`before=${String(newest?.timestamp)}`)).not.toContain(made[3]);
    expect(await ids(`after=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect(await log('', await scene.keyOf('somebody else'))).toHaveLength(1);
  });

  it('is kept with the change or not at all', async () => {
    await call('POST', 'app', { name: 'One', uid: 'atomic' });
    await query(scene.databaseUrl, 'ALTER TABLE audit_log RENAME TO audit_log_away');
    try {
      expect((await call('PATCH', 'app/atomic', { name: 'Two' })).status).toBe(500);
    } finally {
      await query(scene.databaseUrl, 'ALTER TABLE audit_log_away RENAME TO audit_log');
    }
    expect((await call('GET', 'app/atomic')).body.name).toBe('One');
  });

  it('forgets what is older than its retention, in batches', async () => {
    const [{ organisation_id: organisation } = { organisation_id: '' }] = await query(
      scene.databaseUrl,
      'SELECT organisation_id FROM audit_log LIMIT 1',
    );
    const client = new pg.Client({ connectionString: scene.databaseUrl });
    await client.connect();
    try {
      const old = Array.from({ length: 12_000 }, () => newId('audit', Date.now() - 11 * 86_400_000));
      const recent = newId('audit', Date.now() - 9 * 86_400_000);
      await client.query(
        `INSERT INTO audit_log (id, organisation_id, actor_kind, operation, object_kind, object_id)
         SELECT id, $2, 'signpost', 'test', 'application', 'x' FROM unnest ($1::text[]) id`,
        [[...old, recent], organisation],
      );
      expect(await deleteExpired(client, Date.now(), 10)).toBe(12_000);
      const { rows } = await client.query(`SELECT id FROM audit_log WHERE operation = 'test'`);
      expect(rows).toEqual([{ id: recent }]);
    } finally {
      await client.end();
    }
  });
});
