import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer } from '../../server.fixture.js';

describe('event-types get', () => {
  let server: FakeServer;
  let cli: CliHome;
  beforeEach(async () => {
    server = await FakeServer.open(() => ({ status: 404, body: { code: 'not_found', detail: 'It does not exist.' } }));
    cli = new CliHome(server.env);
  });
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  it('shows those that come with Signpost, which nobody has to make', async () => {
    const { code, out } = await cli.run(['event-types', 'get', 'rating.submitted']);
    expect(code).toBe(0);
    expect(out).toContain('comes with Signpost');
    expect(out).toContain('"score"');
    expect(await cli.json(['event-types', 'get', 'rating.submitted', '--example'])).toMatchObject({
      type: 'rating.submitted',
    });
  });

  it('does not know others', async () => {
    expect(await cli.run(['event-types', 'get', 'no.such'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('does not exist'),
    });
  });
});
