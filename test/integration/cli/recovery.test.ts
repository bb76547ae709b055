import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScriptedReceiver, until } from '@signpost/testing';
import type { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { APP, CliScene } from './support.js';

const WHY = ['--why', 'their outage is over', '--yes'];

describe('signpost and what did not arrive', () => {
  let scene: CliScene;
  let cli: CliHome;
  let receiver: ScriptedReceiver;
  let endpoint: string;
  let messages: readonly string[];

  beforeAll(async () => {
    scene = await CliScene.open();
    cli = scene.cli;
    receiver = await ScriptedReceiver.start();
    receiver.playAt('/hooks', 500);
    await cli.json(['applications', 'create', 'Acme', '--uid', 'acme']);
    endpoint = (await scene.endpoint(receiver.url('/hooks'))).id;
    // One attempt, and then it is dead.
    const once = { retrySchedule: [] };
    expect((await scene.api.call('PATCH', `/api/v1/app/acme/endpoint/${endpoint}`, once)).status).toBe(200);
    const { out } = await cli.run(['trigger', 'lead.captured', ...APP, '--count', '3', '--json']);
    messages = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    for (const message of messages) await scene.settled(message, 'dead-lettered');
  }, 180_000);
  afterAll(async () => {
    await receiver.stop();
    await scene.close();
  });

  const [of, selected] = [
    (...words: readonly string[]): readonly string[] => [...words, ...APP, '--endpoint', endpoint],
    (): readonly string[] => ['dlq', 'redrive', ...APP, '--endpoint', endpoint],
  ];

  it('explain: says what decided, by any id, and what is next', async () => {
    const [message = ''] = messages;
    const found = await cli.json(['explain', message]);
    expect(found).toMatchObject({
      message: { id: message, eventType: 'lead.captured' },
      endpoints: [{ endpointId: endpoint, verdict: 'dead', attempts: [{ attempt: 1, status: 500 }] }],
      done: true,
    });
    const { code, out } = await cli.run(['explain', message, '--endpoint', endpoint]);
    expect(code).toBe(0);
    expect(out).toContain(endpoint);
    expect(out).toMatch(/dead {2}/);
    expect(out).toMatch(/next: /);
    expect((await cli.run(['explain', 'msg_000000000000000000000000000'])).code).toBe(4);
    expect((await cli.run(['explain', message, '--app', 'nobody'])).code).toBe(4);
  });

  it('dlq ls, show and histogram: what died, of what, and when', async () => {
    await until(async () => (await cli.json<{ data: readonly unknown[] }>(of('dlq', 'ls'))).data.length === 3, {
      timeoutMs: 30_000,
      what: 'three dead letters to be indexed',
      everyMs: 50,
    });
    const { data } = await cli.json<{ data: readonly { id: string; reason: string; lastStatus: number }[] }>(
      of(
        'dlq',
        'ls',
        '--reasons',
        'attempts-exhausted',
        '--statuses',
        '500',
        '--since',
        '1h',
        '--event-types',
        'lead.captured',
      ),
    );
    expect(data).toHaveLength(3);
    expect(data[0]).toMatchObject({
      reason: 'attempts-exhausted',
      lastStatus: 500,
      reasonClass: 'customer',
      state: 'dead',
    });
    const id = data[0]?.id ?? '';
    const shown = await cli.run(['dlq', 'show', id]);
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringMatching(/reason +attempts-exhausted/),
      err: expect.stringContaining(`dlq redrive --deliveries ${id} `),
    });
    const histogram = await cli.json(of('dlq', 'histogram', '--bucket', 'day'));
    expect(histogram).toMatchObject({
      buckets: [{ endpointId: endpoint, count: 3 }],
      totals: { count: 3, customer: 3 },
    });
    const hours = await cli.run(of('dlq', 'histogram'));
    expect(hours.out).toContain('█');
    expect(hours.err).toMatch(/^3 from .* to .*: 3 by the customer, 0 by the platform/);
    const none = await cli.run(of('dlq', 'histogram', '--since', '2020-01-01', '--until', '2020-01-02'));
    expect(none.err).toMatch(/^No dead letter from 20.* to 20.* fits/);
    expect((await cli.run(of('dlq', 'ls', '--state', 'redriven'))).err).toContain('No dead letter fits');
    expect((await cli.run(of('dlq', 'ls', '--reasons', 'gone,blocked-address'))).code).toBe(2);
    expect((await cli.run(['dlq', 'ls', '--app', 'nobody'])).code).toBe(4);
    expect((await cli.run(['dlq', 'show', 'nonsense'])).code).toBe(4);
    const [message = ''] = messages;
    expect(await cli.run(['dlq', 'show', message])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`dlq ls --messages ${message}`),
    });
  });

  it('dlq redrive: a dry run counts and does nothing', async () => {
    const before = receiver.requests.length;
    expect(await cli.json([...selected(), '--dry-run'])).toMatchObject({
      count: 3,
      histogram: [{ endpointId: endpoint, count: 3 }],
    });
    const none = await cli.json([...selected(), '--dry-run', '--event-types', 'nobody.knows']);
    expect(none).toMatchObject({ count: 0, notes: [{ code: 'nothing' }] });
    expect((await cli.run([...selected(), '--dry-run', '--reasons', 'nonsense'])).code).toBe(5);
    expect(receiver.requests.length).toBe(before);
  });

  it('dlq redrive: sends them again, is listed, and cannot be aborted once it has finished', async () => {
    receiver.playAt('/hooks', 200);
    const done = await cli.json<{ id: string }>([...selected(), '--rate', '100', ...WHY]);
    expect(done).toMatchObject({ status: 'finished', total: 3, done: 3, why: 'their outage is over' });
    for (const message of messages) await scene.settled(message, 'delivered');
    const recovery = done.id;
    expect(await cli.json(['recovery', 'list'])).toMatchObject({ data: [{ id: recovery, kind: 'redrive' }] });
    await until(
      async () =>
        (await cli.json<{ data: readonly unknown[] }>(['recovery', 'record', recovery, '--result', 'delivered'])).data
          .length === 3,
      { timeoutMs: 30_000, what: 'three records to be delivered', everyMs: 50 },
    );
    const [letter] = (await cli.json<{ data: readonly { id: string }[] }>(of('dlq', 'ls', '--state', 'redriven'))).data;
    const gone = await cli.run(['dlq', 'show', letter?.id ?? '']);
    expect(gone.err).toContain(`signpost explain ${letter?.id ?? ''} says how it stands`);
    const shown = await cli.run(['recovery', 'show', recovery]);
    expect(shown.out).toMatch(/delivered +3/);
    expect((await cli.run(['recovery', 'watch', recovery])).out).toContain('finished');
    const aborted = await cli.run(['recovery', 'abort', recovery, '--yes']);
    expect(aborted.code).toBe(5);
    expect((await cli.run(['recovery', 'resume', recovery])).code).toBe(5);
    expect((await cli.run(['recovery', 'show', 'nonsense'])).code).toBe(4);
  });

  it('audit: everything has its fate', async () => {
    const { code, out } = await cli.run(['audit', '--app', 'acme', '--since', '1h', '--json']);
    expect({ code, audit: JSON.parse(out) as unknown }).toMatchObject({
      code: 0,
      audit: { balanced: true, done: true, violations: [] },
    });
    expect((await cli.run(['audit', '--app', 'nobody'])).code).toBe(4);
    expect((await cli.run(['audit'])).out).toContain('balanced');
  });

  it('replay: what was delivered goes out once more, with the same id', async () => {
    const before = receiver.requests.length;
    const done = await cli.json(of('replay', '--since', '1h', '--why', 'their database was restored', '--yes'));
    expect(done).toMatchObject({ kind: 'replay', status: 'finished', total: 3 });
    const requests = await receiver.received(before + 3);
    const ids = requests.slice(before).map(({ headers }) => headers['webhook-id']);
    expect([...ids].sort()).toEqual([...messages].sort());
  });
});
