import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ApplicationId, EndpointId } from '@signpost/domain';
import { freshDatabase, until } from '@signpost/testing';
import { ApiScene } from './support.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

function rebuild(env: NodeJS.ProcessEnv): Promise<{ readonly stdout: string }> {
  const [loader, command] = ['tooling/typescript.mjs', 'apps/api/src/rebuild-control.ts'];
  return run(process.execPath, ['--import', join(root, loader), join(root, command)], { env });
}

describe('a Kafka that is new, or has lost its topics', () => {
  const scenes: ApiScene[] = [];
  afterAll(() => Promise.all(scenes.map((scene) => scene.close())));

  it('hears of the whole control plane once the command has been run', async () => {
    const databaseUrl = await freshDatabase();
    const before = await ApiScene.open(databaseUrl);
    scenes.push(before);
    const app = (await before.call('POST', '/api/v1/app', { name: 'One' })).body.id as ApplicationId;
    const endpoint = (await before.call('POST', `/api/v1/app/${app}/endpoint`, { url: 'https://example.com/x' })).body
      .id as EndpointId;
    await until(() => before.control.view.endpoint(endpoint) !== undefined, {
      timeoutMs: 30_000,
      what: 'the endpoint',
    });
    await before.close();
    scenes.pop();
    // Topics of its own: nothing of what was before is in them.
    const after = await ApiScene.open(databaseUrl);
    scenes.push(after);
    expect(after.control.view.applicationById(app)).toBeUndefined();
    const { stdout } = await rebuild({ ...process.env, DATABASE_URL: databaseUrl });
    expect(stdout).toBe('Everything is marked; a running api publishes it now.\n');
    await until(() => after.control.view.endpoint(endpoint) !== undefined, { timeoutMs: 30_000, what: 'the endpoint' });
    expect(after.control.view.applicationById(app)).toMatchObject({ name: 'One' });
  });

  it('is told of in one sentence when the database cannot be had', async () => {
    const failed = await rebuild({ ...process.env, DATABASE_URL: '' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_URL') });
  });
});
