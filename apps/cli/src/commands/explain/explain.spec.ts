import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExplainOut } from '@signpost/contracts';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer } from '../../server.fixture.js';

const AT = '2026-01-31T12:00:00.000Z';
const EXPLAINED: ExplainOut = {
  asked: { id: 'platform.events:3:1042', as: 'source' },
  message: {
    id: 'msg_1',
    appId: 'app_1',
    eventType: 'lead.captured',
    acceptedAt: AT,
    matchedAt: AT,
    source: { topic: 'platform.events', partition: 3, offset: 1042 },
    hasPayload: true,
  },
  summary: 'It was matched to 1 of 3 endpoints: 1 pending.',
  counts: { considered: 3, matched: 1, notMatched: 2 },
  endpoints: [
    {
      endpointId: 'ep_1',
      deliveryId: 'dlv_1',
      verdict: 'pending',
      rule: { kind: 'disabled', text: 'The endpoint is disabled (by owner).', clause: 'owner' },
      changedAt: AT,
      stages: [
        { name: 'attempt', at: AT, ms: 12, attempt: 1, reason: 'http:503' },
        { name: 'parked', at: AT, reason: 'endpoint-disabled' },
      ],
      attempts: [
        {
          id: 'atmpt_1',
          attempt: 1,
          timestamp: AT,
          outcome: 'failed',
          reason: 'http:503',
          status: 503,
          trigger: 'scheduled',
          repeated: false,
          url: 'https://example.com/in',
          timing: { totalMs: 12 },
          transformationVersion: 2,
        },
      ],
      attemptCount: 1,
      redeliveries: 0,
      next: { what: 'enable', why: 'Enable the endpoint.' },
    },
  ],
  iterator: null,
  done: true,
  notes: [],
};

describe('explain', () => {
  let server: FakeServer;
  let cli: CliHome;
  beforeEach(async () => {
    server = await FakeServer.open(() => ({ body: EXPLAINED }));
    cli = new CliHome(server.env);
  });
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  it('says to a person what it says to a program: ids to go on with, why it waits, and what was changed since', async () => {
    const { code, out, err } = await cli.run(['explain', 'platform.events:3:1042', '--limit', '1']);
    expect(code).toBe(0);
    expect(out).toMatch(/source +platform\.events:3:1042\n/);
    expect(out).toContain('delivery: dlv_1\n');
    expect(out).toContain('parked endpoint-disabled\n');
    expect(out).toContain('attempt 1  12 ms\n');
    expect(out).toContain('attempt 1: 503, by version 2 of the transformation\n');
    expect(out).toContain('the endpoint was changed');
    expect(err).toContain('2 more endpoints: --limit shows them.');
    expect((await cli.run(['explain', 'msg_1', '--endpoint', 'ep_1'])).err).toBe('');
  });
});
