import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer } from '../../server.fixture.js';

const FINISHED = {
  id: 'qtask_1',
  kind: 'rejected',
  status: 'finished',
  why: 'corrected',
  total: 3,
  done: 3,
  delivered: 0,
  failedAgain: 1,
  skipped: {},
  by: { type: 'api-key', name: 'tests' },
  perSecond: 2,
  estimatedEndAt: null,
  createdAt: '2026-01-31T12:00:00Z',
  updatedAt: '2026-01-31T12:00:01Z',
};
const WHY = ['--why', 'corrected', '--yes'];

describe('rejected redrive', () => {
  let server: FakeServer;
  let cli: CliHome;
  let total = 3;
  beforeEach(async () => {
    server = await FakeServer.open(() => ({ status: 202, body: { ...FINISHED, total, done: total } }));
    cli = new CliHome(server.env);
  });
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  it('needs to be told which, in its own words', async () => {
    expect(await cli.run(['rejected', 'redrive', ...WHY])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--codes'),
    });
    expect(server.asked).toEqual([]);
  });

  it('counts what was refused again, and no deliveries', async () => {
    const { out } = await cli.run(['rejected', 'redrive', '--ids', 'rej_1', ...WHY]);
    expect(out).toMatch(/refused again +1/);
    expect(out).not.toContain('delivered');
  });

  it('says that nothing fitted', async () => {
    total = 0;
    const { err } = await cli.run(['rejected', 'redrive', '--codes', 'no_such', ...WHY]);
    expect(err).toContain('Nothing fitted');
  });
});
