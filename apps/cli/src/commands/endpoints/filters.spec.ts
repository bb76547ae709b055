import { describe, expect, it } from '@jest/globals';
import { CliHome } from '../../cli.fixture.js';
import { FakeServer } from '../../server.fixture.js';
import { filtersOf } from './filters.js';

describe('filtersOf', () => {
  it('tells JSON from CEL, and takes both as the API has them', () => {
    expect(
      filtersOf(['{"data":{"score":5}}', 'data.score > 4', '{"json":{"data":{"a":1}}}', '{"cel":"true"}']),
    ).toEqual([
      { json: { data: { score: 5 } } },
      { cel: 'data.score > 4' },
      { json: { data: { a: 1 } } },
      { cel: 'true' },
    ]);
  });
});

describe('endpoints try-filter', () => {
  it('says why a message did not match, also where it is not the filters', async () => {
    const text = 'It did not ask for the event type a.b: it asked for c.d.';
    const one = { id: 'msg_1', eventType: 'a.b', timestamp: '2026-01-31T12:00:00Z', matched: false };
    const rules = [
      { kind: 'event-type', text, clause: 'c.d' },
      { kind: 'filter', text: 'The message does not fit.', clause: 'json data.score $lte 2: is 4' },
    ];
    const messages = rules.map((rule) => ({ ...one, rule }));
    const server = await FakeServer.open(() => ({ body: { tried: 2, matched: 0, summary: 'None.', messages } }));
    const cli = new CliHome(server.env);
    try {
      const { out } = await cli.run(['endpoints', 'try-filter', 'crm', '--app', 'acme'], { tty: 200 });
      expect(out).toContain(text);
      expect(out).toContain('json data.score $lte 2: is 4');
    } finally {
      await server.close();
      cli.remove();
    }
  });
});
