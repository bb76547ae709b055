import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AccountOut, AuditOut } from '@signpost/contracts';
import { until, type DeployedRole } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

const ROUNDS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 4 : 1;

jest.setTimeout(600_000);

/** The account of what goes on while processes die: facts come twice, batches are written twice, and it is exact all the same. */
describe('the account under kill -9', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ env: { RECORDER_ACCOUNT_EVERY_MS: '250' } });
  });
  afterAll(() => scene.end());

  it('is balanced, and holds what was accepted and what arrived', async () => {
    const { deployment, receiver, application } = scene;
    const since = new Date(Date.now() - 1_000).toISOString();
    const load = scene.load();
    const killed: readonly DeployedRole[] = ['recorder', 'subscription-matcher', 'dispatcher', 'recorder'];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const role of killed) {
        const before = receiver.arrivals.size;
        await until(() => receiver.arrivals.size > before + 150, { timeoutMs: 60_000, what: '150 deliveries' });
        await deployment.process(role).kill();
        await deployment.process(role).restart();
      }
    }
    const accepted = await load.stop();
    await until(() => receiver.missing(accepted).length === 0, { timeoutMs: 180_000, what: 'every message to arrive' });

    let audit: AuditOut | undefined;
    await until(
      async () => {
        audit = await deployment.call<AuditOut>('GET', `/api/v1/account/audit?since=${since}`);
        return audit.done;
      },
      { timeoutMs: 90_000, everyMs: 500, what: 'the audit to reach its end' },
    );
    expect(audit).toMatchObject({ balanced: true, violations: [], more: {}, waitingFor: null });
    // A publish whose answer was lost with its process was accepted, too.
    expect(audit?.accepted).toBeGreaterThanOrEqual(accepted.size);
    expect(audit?.runs).toBe(audit?.accepted);

    let account: AccountOut | undefined;
    await until(
      async () => {
        account = await deployment.call<AccountOut>('GET', `/api/v1/account?since=${since}&appId=${application}`);
        return account.totals.accepted === audit?.accepted && account.totals.fates.delivered === audit.accepted;
      },
      { timeoutMs: 90_000, everyMs: 500, what: 'every minute to be counted' },
    );
    expect(account).toMatchObject({ balanced: true, difference: 0 });
    expect(account?.totals.accepted).toBe(receiver.arrivals.size);
    process.stderr.write(
      `  account: ${String(audit?.accepted)} accepted, ${String(account?.minutes.length)} minutes, ${String(receiver.repeats)} repeats\n`,
    );
  });
});
