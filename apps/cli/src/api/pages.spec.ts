import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliHome } from '../cli.fixture.js';
import { FakeServer } from '../server.fixture.js';

const NAMES = ['first', 'second', 'third'];

describe('a list', () => {
  let server: FakeServer;
  let cli: CliHome;
  beforeEach(async () => {
    // A page is never the last one by its own word: what follows may fit, or not.
    server = await FakeServer.open(({ query }) => {
      const from = Number(query['iterator'] ?? 0);
      const to = Math.min(from + Number(query['limit']), NAMES.length);
      const data = NAMES.slice(from, to).map((name) => ({
        id: `app_${name}`,
        name,
        createdAt: '2026-01-31T12:00:00Z',
      }));
      return { body: { data, iterator: String(to), done: from === NAMES.length } };
    });
    cli = new CliHome(server.env);
  });
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  it.each([2, 3, 4])('of three with --limit %i says whether there is more', async (limit) => {
    const words = ['applications', 'list', '--limit', String(limit)];
    const { code, out, err } = await cli.run(words);
    expect(code).toBe(0);
    expect(out.match(/app_/g)).toHaveLength(Math.min(limit, 3));
    if (limit < 3) expect(err).toContain('There are more than these 2: --limit shows more');
    else expect(err).toBe('');
    expect(await cli.json<{ done: boolean }>(words)).toMatchObject({ done: limit >= 3 });
  });
});
