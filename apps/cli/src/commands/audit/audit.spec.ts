import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer, type Asked, type Told } from '../../server.fixture.js';
import { addNumbers, numbersOf } from './numbers.js';

const WINDOW = ['audit', '--since', '2026-01-01', '--until', '2026-01-03T12:00:00Z'];
const TOTALS = { accepted: 3, balanced: true, fates: { delivered: 2 } };

describe('the audit', () => {
  let server: FakeServer;
  let cli: CliHome;
  const serve = async (audit: (asked: Asked) => object): Promise<void> => {
    server = await FakeServer.open((asked): Told => ({
      body: asked.path.endsWith('/audit') ? audit(asked) : { totals: TOTALS, settledAt: '2026-01-03T11:50:00.000Z' },
    }));
    cli = new CliHome(server.env);
  };
  const spans = (): readonly (readonly [string | undefined, string | undefined])[] =>
    server.asked.filter(({ path }) => path.endsWith('/audit')).map(({ query }) => [query['since'], query['until']]);
  afterEach(async () => {
    await server.close();
    cli.remove();
  });

  it('goes over the whole window, a day at a time at most, and on from where the server stopped', async () => {
    let isFirst = true;
    await serve(({ query }) => {
      const stopped = isFirst;
      isFirst = false;
      const checkedUntil = stopped ? '2026-01-01T06:00:00.000Z' : query['until'];
      return { balanced: true, violations: [], more: {}, checkedUntil, done: !stopped };
    });
    const { code, out } = await cli.run([...WINDOW, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      balanced: true,
      done: true,
      countedAt: '2026-01-03T11:50:00.000Z',
      totals: { accepted: 9, fates: { delivered: 6 } },
    });
    expect(spans()).toEqual([
      ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
      ['2026-01-01T06:00:00.000Z', '2026-01-02T06:00:00.000Z'],
      ['2026-01-02T06:00:00.000Z', '2026-01-03T06:00:00.000Z'],
      ['2026-01-03T06:00:00.000Z', '2026-01-03T12:00:00.000Z'],
    ]);
  });

  it('names every id that breaks the account, and ends with 7', async () => {
    await serve(({ query }) => ({
      balanced: false,
      violations: [{ kind: 'unrecorded', id: 'msg_lost', text: 'It was accepted and never recorded.' }],
      more: { 'fresh-lost': 2 },
      checkedUntil: query['until'],
      done: true,
    }));
    const { code, out, err } = await cli.run(['audit']);
    expect(code).toBe(7);
    expect(out).toContain('msg_lost');
    expect(out).toContain('2 more');
    expect(err).toContain('3 ids');
  });

  it('calls no window balanced that holds no time, and asks nothing about it', async () => {
    await serve(() => ({ balanced: true, violations: [], more: {}, done: true }));
    for (const window of [
      ['--since', '1h', '--until', '2h'],
      ['--since', '2026-01-03', '--until', '2026-01-01'],
      ['--since', '2999-01-01'],
    ]) {
      const { code, out, err } = await cli.run(['audit', ...window]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('--since');
    }
    expect(server.asked).toEqual([]);
  });

  it('goes no further than now', async () => {
    await serve(({ query }) => ({
      balanced: true,
      violations: [],
      more: {},
      checkedUntil: query['until'],
      done: true,
    }));
    const before = Date.now();
    const { code, out } = await cli.run(['audit', '--until', '2999-01-01', '--json']);
    const { since, until } = JSON.parse(out) as { since: string; until: string };
    expect(code).toBe(0);
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(until) - Date.parse(since)).toBe(3_600_000);
  });

  it.each([
    ['2026-01-02T00:00:00.000Z', 0, 'nothing is proven of it'],
    ['2026-02-01T00:00:00.000Z', 1, 'Nothing is proven'],
  ])('calls nothing balanced of what lies before the account begins, at %s', async (countedFrom, exit, said) => {
    await serve(({ query }) => ({
      balanced: true,
      violations: [],
      more: {},
      checkedUntil: query['until'],
      done: true,
      countedFrom,
    }));
    const { code, out, err } = await cli.run([...WINDOW]);
    expect(code).toBe(exit);
    expect(err).toContain(said);
    expect(out.includes('The account is balanced')).toBe(exit === 0);
  });

  it('says how far it is proven where the pipeline is behind, and ends with 1', async () => {
    const stop = new AbortController();
    await serve(({ query }) => {
      if (server.asked.length >= 2) stop.abort();
      return {
        balanced: true,
        violations: [],
        more: {},
        checkedUntil: query['since'],
        done: false,
        waitingFor: 'recorder',
      };
    });
    expect((await cli.run(['audit'], { signal: stop.signal })).code).toBe(130);
  });
});

describe('numbers', () => {
  it('are added name by name, in groups and outside of them', () => {
    const numbers = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.nat(9), fc.record({ d: fc.nat(9) }), fc.boolean()),
    );
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const sum = (all: object): number =>
          numbersOf(all as Record<string, unknown>).reduce((total, [, value]) => total + value, 0);
        const groupsBeside = Object.keys(one).some((name) => name in other && typeof one[name] !== typeof other[name]);
        if (!groupsBeside) expect(sum(addNumbers(one, other))).toBe(sum(one) + sum(other));
      }),
    );
  });
});
