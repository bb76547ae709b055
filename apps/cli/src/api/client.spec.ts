import { afterEach, describe, expect, it } from '@jest/globals';
import { CliHome } from '../cli.fixture.js';
import { FakeServer, type Asked, type Told } from '../server.fixture.js';

describe('the API client', () => {
  const home = new CliHome();
  let server: FakeServer;
  const serve = async (answer: (asked: Asked) => Told): Promise<CliHome> => {
    server = await FakeServer.open(answer);
    return new CliHome(server.env);
  };
  afterEach(async () => {
    await server.close();
    home.remove();
  });
  const list = { data: [], iterator: null, prevIterator: null, done: true };

  it('shows its key to the server alone, and says who it is', async () => {
    const cli = await serve(() => ({ body: list }));
    const { out, err } = await cli.run(['applications', 'list', '--json']);
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer sk_test',
      'user-agent': expect.stringMatching(/^signpost-cli\//),
    });
    expect(out + err).not.toContain('sk_test');
  });

  it('asks again for what may be asked twice, as often as the server is away for a moment', async () => {
    let turn = 0;
    const cli = await serve(() => {
      turn += 1;
      return turn < 3
        ? { status: 503, headers: { 'retry-after': '0' }, body: { code: 'x', detail: 'y' } }
        : { body: list };
    });
    expect((await cli.run(['applications', 'list'])).code).toBe(0);
    expect(server.asked).toHaveLength(3);
    turn = 0;
    // Publishing has a key that makes it safe, and it is the same each time.
    expect((await cli.run(['send', 'a.b', '--app', 'a', '--data', '{}'])).code).toBe(0);
    const keys = server.asked.slice(3).map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
  });

  it('does not ask twice for what would be done twice, nor wait for long', async () => {
    const cli = await serve(({ method }) => ({
      status: 503,
      headers: { 'retry-after': method === 'GET' ? '3600' : '0' },
      body: { code: 'database_unavailable', detail: 'Try again.' },
    }));
    expect((await cli.run(['applications', 'create', 'x'])).code).toBe(6);
    expect((await cli.run(['applications', 'list'])).code).toBe(6);
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    [400, 5],
    [401, 3],
    [403, 3],
    [404, 4],
    [405, 5],
    [409, 5],
    [422, 5],
    [429, 6],
    [500, 6],
    [503, 6],
    [301, 5],
  ])('ends with its exit code for %i: %i', async (status, code) => {
    const cli = await serve(() => ({
      status,
      headers: { 'retry-after': '60' },
      body: { code: 'some_code', detail: 'What is wrong.' },
    }));
    const { code: ended, out, err } = await cli.run(['applications', 'create', 'x', '--json']);
    expect({ ended, out }).toEqual({ ended: code, out: '' });
    const { error } = JSON.parse(err) as { error: { code: string; message: string; next: string; exitCode: number } };
    expect(error).toMatchObject({ code: 'some_code', exitCode: code });
    expect(error.message).toContain('What is wrong.');
    expect(error.message).toContain('POST http');
    expect(error.next).not.toBe('');
  });

  it('says each fault of an input, with its place', async () => {
    const detail = [
      { loc: ['body', 'eventTypes', '0'], msg: 'may hold letters only', type: 'x' },
      { loc: ['body', 'url'], msg: 'is missing', type: 'y' },
    ];
    const cli = await serve(() => ({ status: 422, body: { detail } }));
    const { err } = await cli.run(['applications', 'create', 'x']);
    expect(err).toContain('body.eventTypes.0: may hold letters only; body.url: is missing');
  });

  it('does not follow a redirection, which would take the key elsewhere', async () => {
    const cli = await serve(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }));
    expect((await cli.run(['applications', 'list'])).code).toBe(5);
    expect(server.asked).toHaveLength(1);
  });

  it('ends at once when it is told to', async () => {
    const stop = new AbortController();
    const cli = await serve(() => {
      stop.abort();
      return { status: 503, headers: { 'retry-after': '9' } };
    });
    const { code, err } = await cli.run(['applications', 'list'], { signal: stop.signal });
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining('Ctrl-C') });
  });
});
