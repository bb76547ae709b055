import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AttemptFact, JournalFact } from '@signpost/contracts';
import type { Endpoint } from '@signpost/domain';
import { CertificateAuthority, freshFolder, RoleProcess, ScriptedReceiver, until, type Step } from '@signpost/testing';
import { Scene } from '../integration/dispatcher/scene.js';

const FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
const MOST_GROWTH_MB = 100;
const KEPT_BODY_BYTES = 16_384;

jest.setTimeout(180_000);

const isAttempt = (fact: JournalFact): fact is AttemptFact => fact.kind === 'attempt';

/** Whatever an endpoint answers is an attempt with a reason, and harms neither the process nor the other endpoints. */
describe('answers that are meant to harm', () => {
  let scene: Scene;
  let dispatcher: RoleProcess;
  const authority = CertificateAuthority.create();
  let secure: ScriptedReceiver;
  beforeAll(async () => {
    scene = await Scene.open({
      EGRESS_ALLOWED_NETWORKS: '127.0.0.1/32',
      EGRESS_RESOLVER: 'system',
      EGRESS_FIRST_BYTE_TIMEOUT_MS: '5000',
      LOG_LEVEL: 'warn',
    });
    secure = await ScriptedReceiver.start({ tls: authority.issue({ hosts: ['127.0.0.1'] }) });
    dispatcher = await RoleProcess.start({
      role: 'dispatcher',
      env: scene.env,
      folder: freshFolder(),
      nodeArguments: ['--import', new URL('support/changing-name.mjs', import.meta.url).href],
    });
  });
  afterAll(async () => {
    await dispatcher.stop();
    await secure.stop();
    await scene.close();
  });

  const firstAttempt = async (endpoint: Endpoint): Promise<AttemptFact> => {
    const [delivery] = await scene.deliver(endpoint);
    const [fact] = await scene.facts$(1, (each) => isAttempt(each) && each.deliveryId === delivery?.id);
    if (fact === undefined || !isAttempt(fact)) throw new Error('no attempt was logged');
    return fact;
  };

  it.each<[string, Step, Partial<AttemptFact>]>([
    ['a gigabyte', 'huge-body', { outcome: 'delivered', status: 200, fate: 'delivered' }],
    ['headers without end', 'endless-headers', { outcome: 'failed', reason: 'network:HEADERS_TOO_LARGE' }],
    ['another protocol', 'garbage', { outcome: 'failed', reason: 'network:INVALID_HTTP' }],
    ['a body that is cut off', 'cut-body', { outcome: 'failed', reason: 'network:CONNECTION_CLOSED' }],
  ])('%s', async (what, step, expected) => {
    const path = `/${what.replaceAll(' ', '-')}`;
    scene.receiver.playAt(path, step);
    const fact = await firstAttempt(await scene.endpoint(path));
    expect(fact).toMatchObject(expected);
    expect(fact.responseBody?.length ?? 0).toBeLessThanOrEqual(KEPT_BODY_BYTES);
  });

  it('a certificate that nobody vouches for', async () => {
    const fact = await firstAttempt(await scene.endpoint('/', { url: secure.url('/') }));
    expect(fact).toMatchObject({ outcome: 'failed', reason: 'network:CERT_UNTRUSTED' });
    expect(secure.requests).toHaveLength(0);
  });

  it('a redirect into a private network, which nobody follows', async () => {
    scene.receiver.playAt('/away', { status: 302, headers: { location: scene.receiver.url('/inside', '127.0.0.2') } });
    const fact = await firstAttempt(await scene.endpoint('/away'));
    expect(fact).toMatchObject({ outcome: 'failed', reason: 'http:302', status: 302 });
    expect(scene.arrivals('/inside').size).toBe(0);
  });

  it('a name that has another address the second time', async () => {
    scene.receiver.playAt('/name', { status: 200, headers: { connection: 'close' } });
    const endpoint = await scene.endpoint('/name', { url: scene.receiver.url('/name', 'changing.example.com') });
    expect(await firstAttempt(endpoint)).toMatchObject({ outcome: 'delivered' });
    expect(await firstAttempt(endpoint)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^blocked-address:/),
      fate: 'dead-lettered',
      deadLetterReason: 'blocked-address',
    });
    expect(scene.arrivals('/name').size).toBe(1);
  });

  it('a gigabyte from each of twenty at once: memory stays, and healthy endpoints go on', async () => {
    const healthy = await scene.endpoint('/healthy');
    // Warm, so that what is measured is what the flood adds.
    await scene.deliver(healthy, 500);
    await scene.until('500 healthy deliveries', () => scene.arrivals('/healthy').size === 500);
    const beforeMb = residentMb(dispatcher.pid);
    const floods = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        scene.receiver.playAt(`/flood-${String(at)}`, 'huge-body');
        return scene.endpoint(`/flood-${String(at)}`);
      }),
    );
    const each = FULL ? 50 : 10;
    const isFlood = new Set<string>(floods.map(({ id }) => id));
    const logged = () => scene.facts.filter((fact) => isAttempt(fact) && isFlood.has(fact.endpointId)).length;
    let mostMb = beforeMb;
    let healthySent = 500;
    const flooding = Promise.all(floods.map((endpoint) => scene.deliver(endpoint, each)));
    await until(
      async () => {
        mostMb = Math.max(mostMb, residentMb(dispatcher.pid));
        healthySent += (await scene.deliver(healthy, 5)).length;
        return logged() >= each * floods.length;
      },
      { timeoutMs: 120_000, what: 'every flood to be logged', everyMs: 50 },
    );
    await flooding;
    await scene.until('the healthy deliveries', () => scene.arrivals('/healthy').size === healthySent);
    process.stderr.write(
      `  ${String(each * floods.length)} answers of a gigabyte: ${String(Math.round(beforeMb))} MB before, ` +
        `${String(Math.round(mostMb))} MB at the most; ${String(healthySent - 500)} healthy deliveries meanwhile\n`,
    );
    expect(mostMb - beforeMb).toBeLessThan(MOST_GROWTH_MB);
    expect(dispatcher.alive).toBe(true);
  });
});

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
}
