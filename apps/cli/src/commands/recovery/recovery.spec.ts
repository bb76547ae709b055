import { afterEach, describe, expect, it } from '@jest/globals';
import type { RecoveryPreviewOut } from '@signpost/contracts';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer, type Asked } from '../../server.fixture.js';
import type { Recovery } from './recovery.js';

const RECOVERY: Recovery = {
  id: 'rcv_1',
  kind: 'redrive',
  status: 'running',
  why: 'their outage is over',
  total: 4,
  done: 1,
  delivered: 1,
  failedAgain: 0,
  skipped: { withoutPayload: 1, underWay: 0, tooOften: 0, alreadyOwed: 0 },
  by: { type: 'api-key', name: 'tests' },
  perSecond: 2,
  estimatedEndAt: new Date(Date.now() + 60_000).toISOString(),
  createdAt: '2026-01-31T12:00:00Z',
  updatedAt: '2026-01-31T12:00:01Z',
};
const PREVIEW: RecoveryPreviewOut = {
  count: 4,
  histogram: [{ endpointId: 'ep_1', reason: 'attempts-exhausted', count: 4 }],
  samples: [
    {
      deliveryId: 'dlv_1',
      msgId: 'msg_1',
      endpointId: 'ep_1',
      eventType: 'a.b',
      reason: 'attempts-exhausted',
      state: 'dead-lettered',
      attempts: 8,
    },
  ],
  notes: [
    { code: 'endpoint-unwell', text: 'ep_1 fails; "onlyWhileHealthy": true waits instead.' },
    { code: 'overlaps', text: 'Others are at them.', recoveryIds: ['rcv_8', 'rcv_9'] },
  ],
};
const REDRIVE = [
  'dlq',
  'redrive',
  '--app',
  'acme',
  '--reasons',
  'attempts-exhausted,gone',
  '--statuses',
  '503',
  '--since',
  '2026-01-31',
];
const WHY = ['--why', 'their outage is over'];

describe('a re-drive from the command line', () => {
  let server: FakeServer;
  let cli: CliHome;
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  /** The recovery as it is at each look, the last one for ever. */
  const serve = async (...states: readonly Partial<Recovery>[]): Promise<void> => {
    let look = -1;
    server = await FakeServer.open(({ method, body }) => {
      if ((body as { dryRun?: boolean } | undefined)?.dryRun === true) return { body: PREVIEW };
      look = Math.min(look + 1, states.length - 1);
      return { status: method === 'POST' ? 202 : 200, body: { ...RECOVERY, ...states[look] } };
    });
    cli = new CliHome(server.env);
  };
  const bodies = (): readonly unknown[] =>
    server.asked.map(({ body }: Asked) => body).filter((body) => body !== undefined);

  it('--dry-run shows what it would do, and does nothing', async () => {
    await serve({});
    const { code, out, err } = await cli.run([...REDRIVE, '--dry-run'], { tty: 120, env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(out).toContain('4 deliveries.');
    expect(out).toMatch(/ep_1 +attempts-exhausted +4/);
    expect(out).toContain('dlv_1');
    expect(err).toContain('ep_1 fails; --only-while-healthy waits instead.');
    expect(err).toContain('Others are at them. They are rcv_8, rcv_9.');
    expect(bodies()).toEqual([
      {
        kind: 'redrive',
        select: {
          appId: 'acme',
          reasons: ['attempts-exhausted', 'gone'],
          statuses: [503],
          deadSince: '2026-01-31T00:00:00.000Z',
        },
        dryRun: true,
      },
    ]);
    expect(await cli.json([...REDRIVE, '--dry-run'])).toEqual(PREVIEW);
  });

  it('goes by the death of dead letters, as their list does, and by their acceptance where that is said', async () => {
    await serve({});
    const times = ['--until', '2026-02-03', '--accepted-since', '2026-01-29', '--accepted-until', '2026-01-30'];
    await cli.run([...REDRIVE, ...times, '--dry-run']);
    expect(bodies()[0]).toMatchObject({
      select: {
        deadSince: '2026-01-31T00:00:00.000Z',
        deadUntil: '2026-02-03T00:00:00.000Z',
        since: '2026-01-29T00:00:00.000Z',
        until: '2026-01-30T00:00:00.000Z',
      },
    });
  });

  it('asks the person, and begins nothing unless they say yes', async () => {
    await serve({ status: 'finished' });
    expect((await cli.run([...REDRIVE, ...WHY], { tty: 120, answers: ['n'] })).code).toBe(2);
    expect((await cli.run([...REDRIVE, ...WHY])).code).toBe(2);
    expect(bodies().every((body) => (body as { dryRun?: boolean }).dryRun === true)).toBe(true);
    expect(cli.asked[0]).toContain('4 deliveries');
    expect((await cli.run([...REDRIVE, ...WHY], { tty: 120, answers: ['y'] })).code).toBe(0);
    expect(bodies().at(-1)).not.toHaveProperty('dryRun');
  });

  it('needs to be told why, and which', async () => {
    await serve({});
    expect((await cli.run([...REDRIVE, '--yes'])).err).toContain('--why');
    const everything = await cli.run(['dlq', 'redrive', ...WHY, '--yes']);
    expect(everything).toMatchObject({ code: 2, err: expect.stringContaining('--all') });
    expect((await cli.run([...REDRIVE, '--statuses', 'abc', '--dry-run'])).code).toBe(2);
    expect(server.asked).toEqual([]);
  });

  it('follows it to its end with a bar', async () => {
    await serve({}, { done: 2, perSecond: 3 }, { status: 'finished', done: 3, delivered: 3 });
    const more = [
      ...WHY,
      '--yes',
      '--rate',
      '10',
      '--concurrency',
      '5',
      '--only-while-healthy',
      '--to',
      'https://a.example/',
    ];
    const { code, out, err } = await cli.run([...REDRIVE, ...more], { tty: 120 });
    expect(code).toBe(0);
    expect(err).toContain('50 %');
    expect(err).toMatch(/left/);
    expect(out).toContain('finished');
    expect(bodies()[0]).toMatchObject({
      why: 'their outage is over',
      perSecond: 10,
      concurrency: 5,
      onlyWhileHealthy: true,
      to: { url: 'https://a.example/' },
    });
  });

  it('draws no bar where nobody looks, and answers in JSON alone', async () => {
    await serve({}, { status: 'finished' });
    const { code, out, err } = await cli.run([...REDRIVE, ...WHY, '--yes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id: 'rcv_1', status: 'finished' });
    expect(err).not.toContain('\x1b');
    expect(err).not.toContain('%');
  });

  it('says how many had ceased to fit when their turn came, so that the numbers add up', async () => {
    await serve({ status: 'finished', total: 61, done: 30, skipped: { ...RECOVERY.skipped, underWay: 6 } });
    expect((await cli.run(['recovery', 'show', 'rcv_1'])).out).toMatch(/no longer fitting +24\n/);
    await server.close();
    await serve({ status: 'finished', total: 4, done: 3 });
    expect((await cli.run(['recovery', 'show', 'rcv_1'])).out).not.toContain('no longer fitting');
  });

  it('leaves it running at Ctrl-C, and says how to go on', async () => {
    const stop = new AbortController();
    await serve({});
    const watching = cli.run(['recovery', 'watch', 'rcv_1'], { signal: stop.signal });
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    const { code, err } = await watching;
    expect(code).toBe(130);
    expect(err).toContain('signpost recovery watch rcv_1');
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('ends with 1 when it failed or was aborted, and with 0 when it is paused', async () => {
    await serve({ status: 'failed', reason: 'endpoint-deleted' });
    const failed = await cli.run([...REDRIVE, ...WHY, '--yes']);
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('endpoint-deleted') });
    await server.close();
    await serve({ status: 'paused' });
    const paused = await cli.run([...REDRIVE, ...WHY, '--yes']);
    expect(paused).toMatchObject({ code: 0, err: expect.stringContaining('recovery resume rcv_1') });
    const detached = await cli.run([...REDRIVE, ...WHY, '--yes', '--detach']);
    expect(detached).toMatchObject({ code: 0, out: 'rcv_1\n' });
  });

  it('sends one message to one endpoint again at once, unless something is said that only a recovery can do', async () => {
    await serve({ status: 'finished' });
    const one = ['replay', 'msg_1', '--app', 'acme', '--endpoint', 'ep_1'];
    expect((await cli.run(one)).code).toBe(0);
    expect(server.asked.map(({ path }) => path)).toEqual(['/api/v1/app/acme/msg/msg_1/endpoint/ep_1/resend']);
    for (const more of [
      WHY,
      [...WHY, '--since', '1h'],
      [...WHY, '--states', 'delivered'],
      [...WHY, '--concurrency', '1'],
      [...WHY, '--deliveries', 'dlv_1'],
    ]) {
      expect((await cli.run([...one, ...more, '--yes'])).code).toBe(0);
      expect(bodies().at(-1)).toMatchObject({ kind: 'replay', why: WHY[1], select: { msgIds: ['msg_1'] } });
    }
    expect((await cli.run([...one, '--since', '1h', '--yes'])).err).toContain('--why');
    expect(server.asked.filter(({ path }) => path.endsWith('/resend'))).toHaveLength(1);
  });

  it('replays and backfills the same way', async () => {
    await serve({ status: 'finished' });
    await cli.run(['replay', 'msg_1', 'msg_2', '--app', 'acme', ...WHY, '--yes']);
    expect(bodies().at(-1)).toMatchObject({ kind: 'replay', select: { appId: 'acme', msgIds: ['msg_1', 'msg_2'] } });
    await cli.run(['replay', '--app', 'acme', '--since', '1d', '--to-endpoint', 'ep_new', ...WHY, '--yes']);
    expect(bodies().at(-1)).toMatchObject({ kind: 'backfill', toEndpointId: 'ep_new' });
  });
});
