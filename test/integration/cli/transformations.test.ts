import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScriptedReceiver } from '@signpost/testing';
import type { CliRun } from '../../../apps/cli/src/cli.fixture.js';
import { APP, CliScene } from './support.js';

const CODE = `function handler(webhook) {
  console.log('about', webhook.eventType);
  webhook.payload = { text: webhook.payload.type };
  return webhook;
}
`;

describe('signpost transformations', () => {
  let scene: CliScene;
  let receiver: ScriptedReceiver;
  let file: string;
  beforeAll(async () => {
    scene = await CliScene.open();
    receiver = await ScriptedReceiver.start();
    await scene.cli.json(['applications', 'create', 'Acme', '--uid', 'acme']);
    file = join(scene.cli.folder, 'crm.js');
    writeFileSync(file, CODE);
  });
  afterAll(async () => {
    await receiver.stop();
    await scene.close();
  });

  const tf = (...args: readonly string[]): Promise<CliRun> => scene.cli.run(['transformations', ...args, ...APP]);
  const inJson = (...args: readonly string[]): Promise<unknown> => scene.cli.json(['transformations', ...args, ...APP]);

  it('sets, shows, lists, rolls back, switches off and on, and takes off', async () => {
    const { id } = await scene.endpoint(receiver.url('/shown'));
    expect(await tf('show', id)).toMatchObject({ code: 0, out: '', err: expect.stringContaining('no transformation') });
    expect(await tf('show', id, '--code')).toMatchObject({ code: 2, out: '' });
    expect((await tf('versions', id)).err).toContain('signpost transformations set');
    expect(await inJson('set', id, file)).toMatchObject({ version: 1, enabled: true, code: CODE });
    const piped = { stdin: CODE.replace('text', 'subject') };
    const second = await scene.cli.run(['tf', 'set', id, '-', '--disabled', ...APP], piped);
    expect(second.out).toMatch(/version +2\n.*switched on +no\n/s);
    expect(await inJson('versions', id)).toMatchObject({
      data: [
        { version: 2, current: true },
        { version: 1, current: false },
      ],
    });
    expect((await tf('versions', id)).out).toMatch(/2 +yes/);
    expect((await tf('show', id, '--code-version', '1', '--code')).out).toBe(`${CODE}\n`);
    expect((await tf('show', id, '--code-version', '1')).out).toMatch(/in force +no\n/);
    expect(await inJson('rollback', id, '1')).toMatchObject({ version: 1, enabled: true });
    expect(await inJson('disable', id)).toMatchObject({ version: 1, enabled: false });
    expect(await inJson('enable', id)).toMatchObject({ version: 1, enabled: true });
    expect((await tf('delete', id)).code).toBe(2);
    expect(await inJson('delete', id, '--yes')).toMatchObject({ version: null, enabled: false });
  });

  it('ends as other commands do where it is refused', async () => {
    const { id } = await scene.endpoint(receiver.url('/refused'));
    const broken = join(scene.cli.folder, 'broken.js');
    writeFileSync(broken, 'function handler(webhook) {\n  return webhook +;\n}');
    expect(await tf('set', id, broken)).toMatchObject({ code: 5, err: expect.stringContaining('line 2') });
    expect((await tf('set', id, '/nowhere.js')).code).toBe(2);
    expect((await tf('rollback', id, 'two')).code).toBe(2);
    expect((await tf('rollback', id, '2')).code).toBe(4);
    expect((await tf('try', id, '--file', file, '--code-version', '1')).code).toBe(2);
    expect((await tf('try', id)).code).toBe(5);
    expect((await tf('show', 'ep_none')).code).toBe(4);
  });

  it('tries code on recent messages, and says by its end whether some cannot be made', async () => {
    const { id } = await scene.endpoint(receiver.url('/tried'), '--event-types', 'rating.*');
    expect((await tf('try', id, '--file', file)).err).toContain('no message that the endpoint asks for');
    const message = await scene.cli.json<{ id: string }>(['trigger', 'rating.submitted', ...APP]);
    await scene.settled(message.id, 'delivered');
    const tried = await tf('try', id, '--file', file);
    expect(tried.code).toBe(0);
    expect(tried.out).toContain(message.id);
    expect(tried.out).toContain('console: about rating.submitted');
    expect(tried.out).toContain('{"text":"rating.submitted"}');
    const thrower = ['--file', '-', '--messages', message.id];
    const failed = await scene.cli.run(['tf', 'try', id, ...thrower, ...APP], {
      stdin: 'function handler() {\n  throw new Error("not this one");\n}',
    });
    expect(failed).toMatchObject({ code: 7, err: expect.stringContaining('1 of 1 messages cannot be made') });
    expect(failed.out).toMatch(/threw.*not this one \(line 2\)/s);
    await inJson('set', id, file);
    expect(await inJson('try', id, '--code-version', '1')).toMatchObject({
      data: [{ outcome: 'made', msgId: message.id }],
    });
  });
});
