import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApplicationId } from '@signpost/domain';
import * as fc from 'fast-check';
import { changing, handler, HOSTILE_CODE } from './hostile-code.fixture.js';
import { WorkerTransformer } from './worker-transformer.js';

const ONE = 'app_one' as ApplicationId;
const OTHER = 'app_other' as ApplicationId;
const AT = Date.parse('2026-03-09T14:05:12.480Z');
const PAYLOAD = '{"type":"a.b", "n":12345678901234567890, "data":{"text":"ünïcödé 🐢"}}';
const INPUT = { url: 'https://example.com/in?x=1', eventType: 'a.b', payload: Buffer.from(PAYLOAD), atMs: AT };

describe('a transformation', () => {
  let transformer: WorkerTransformer;
  beforeAll(() => {
    transformer = new WorkerTransformer({ workers: 2, cpuMs: 200, memoryBytes: 16 * 1_048_576 });
  });
  afterAll(() => transformer.close());

  const run = (code: string, input = INPUT) => transformer.run({ applicationId: ONE, code, input });
  const bodyOf = async (code: string) => {
    const outcome = await run(code);
    if (outcome.kind !== 'made') throw new Error(JSON.stringify(outcome));
    return outcome.body;
  };

  it('that changes nothing leaves the bytes as they came, large numbers and all', async () => {
    expect(await run(changing(''))).toEqual({ kind: 'made' });
    expect(await run(changing('webhook.payload = JSON.parse(JSON.stringify(webhook.payload));'))).toEqual({
      kind: 'made',
    });
  });

  it('is given the request, and may change all of it', async () => {
    const code = changing(`
      webhook.payload = { method: webhook.method, url: webhook.url, type: webhook.eventType, was: webhook.payload.data.text };
      webhook.method = 'PUT';
      webhook.url = webhook.url.replace('/in', '/out');
      webhook.headers['X-Shop'] = '42';`);
    expect(await run(code)).toEqual({
      kind: 'made',
      method: 'PUT',
      path: '/out?x=1',
      headers: { 'x-shop': '42' },
      body: JSON.stringify({ method: 'POST', url: INPUT.url, type: 'a.b', was: 'ünïcödé 🐢' }),
    });
  });

  it('may be a function of any form that is called handler', async () => {
    for (const code of [
      'const handler = (webhook) => ({ ...webhook, payload: [1] });',
      'var handler = function (webhook) { webhook.payload = [1]; return webhook; }',
      'globalThis.handler = (webhook) => { webhook.payload = [1]; return webhook; }',
      'function handler({ method, url }) { return { method, url, payload: [1] }; }',
    ]) {
      expect([code, await bodyOf(code)]).toEqual([code, '[1]']);
    }
  });

  it('may make a text with any characters in it', async () => {
    expect(await bodyOf(changing(`webhook.payload = 'a\\u0000b\\r\\n"c"🐢';`))).toBe('a\0b\r\n"c"🐢');
  });

  it('may want nothing sent', async () => {
    expect(await run(changing('webhook.cancel = true;'))).toEqual({ kind: 'declined' });
  });

  it('makes the same of the same: its clock stands still, its zone is UTC, its chance is none', async () => {
    const code = changing(`
      const local = new Date(2026, 0, 1, 12);
      webhook.payload = [Date.now(), new Date().toISOString(), local.toISOString(), local.getTimezoneOffset(),
        String(local), Math.random(), Math.random()];`);
    const first = await bodyOf(code);
    expect(JSON.parse(first ?? '')).toMatchObject({
      0: AT,
      1: '2026-03-09T14:05:12.480Z',
      2: '2026-01-01T12:00:00.000Z',
      3: 0,
    });
    const again = await Promise.all(Array.from({ length: 8 }, () => bodyOf(code)));
    expect(new Set([first, ...again]).size).toBe(1);
  });

  it('leaves nothing behind for the next', async () => {
    const code = changing(`
      webhook.payload = { seen: globalThis.seen ?? 0, odd: [].odd ?? 0 };
      globalThis.seen = 1;
      Array.prototype.odd = 1;`);
    for (let time = 0; time < 5; time += 1) expect(await bodyOf(code)).toBe('{"seen":0,"odd":0}');
  });

  it('has nothing to reach the world with', async () => {
    const names = [
      'process',
      'require',
      'fetch',
      'XMLHttpRequest',
      'WebAssembly',
      'setTimeout',
      'performance',
      'os',
      'std',
      'Worker',
      'Buffer',
      'navigator',
    ];
    const code = changing(
      `webhook.payload = ${JSON.stringify(names)}.filter((name) => typeof globalThis[name] !== 'undefined');`,
    );
    expect(await bodyOf(code)).toBe('[]');
    expect(await run(handler(`return import('fs').then(() => webhook);`))).toMatchObject({ code: 'returned' });
    expect(await run(`import fs from 'fs';\n${changing('')}`)).toMatchObject({ code: 'syntax' });
  });

  it.each(HOSTILE_CODE)('that %s is a fault with a name, and words for its owner', async (_, code, fault, message) => {
    expect(await run(code)).toMatchObject({ kind: 'fault', code: fault, message: expect.stringMatching(message) });
    // And the next one runs as ever.
    expect(await run(changing(''))).toEqual({ kind: 'made' });
  });

  it('plays with built-in objects at the cost of its own message alone', async () => {
    const games = `
      JSON.stringify = () => '{"method":"DELETE"}'; JSON.parse = () => ({});
      Object.defineProperty(Object.prototype, 'cancel', { get() { return true; } });
      String.prototype.slice = () => { throw 1; };
      RegExp.prototype.exec = () => null; Error.prototype.toString = () => { throw 1; };`;
    // The inherited cancel is its own doing as well.
    expect(await run(`${games}\n${changing('')}`)).toEqual({ kind: 'declined' });
    expect(await run(`${games}\n${handler('throw new Error("all the same")')}`)).toMatchObject({ code: 'threw' });
    expect(await bodyOf(changing(`webhook.payload = JSON.parse('{"__proto__":{"a":1}}');`))).toBe(
      '{"__proto__":{"a":1}}',
    );
    expect(await run(changing(`webhook.headers = JSON.parse('{"__proto__":"x"}');`))).toEqual({
      kind: 'made',
      headers: Object.fromEntries([['__proto__', 'x']]),
    });
  });

  it('is told that a payload is no JSON', async () => {
    expect(await run(changing(''), { ...INPUT, payload: Buffer.from('{"a":') })).toMatchObject({ code: 'payload' });
  });

  it('carries every JSON through as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ stringUnit: 'binary' }), async (json) => {
        const payload = Buffer.from(`{"data":${json}}`);
        const outcome = await run(changing('webhook.payload = { got: webhook.payload.data };'), { ...INPUT, payload });
        const made = JSON.stringify({ got: JSON.parse(json) as unknown });
        expect(outcome).toEqual({ kind: 'made', body: made });
      }),
      { numRuns: 60 },
    );
  });

  it('is answered for whatever text its code is', async () => {
    const pieces = fc.constantFrom(
      'function handler(webhook) {',
      'return webhook',
      '}',
      ';',
      '(',
      ')',
      'while(1)',
      'webhook.payload=',
      '"',
      '`',
      '//',
      '/*',
      '\n',
      '0',
      '[',
      'x',
      'class',
      'await ',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((some) => some.join(' ')),
        ),
        async (code) => {
          expect(['made', 'declined', 'fault']).toContain((await run(code)).kind);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows its author its console, bounded, and what it used', async () => {
    const code = changing(`
      console.log('hi', { a: 1 }, [2], undefined, Symbol('s'), new Error('e'));
      console.error('x'.repeat(5000));
      for (let line = 0; line < 500; line++) console.log(line);`);
    const { outcome, console, cpuMs, memoryBytes } = await transformer.observe({
      applicationId: ONE,
      code,
      input: INPUT,
    });
    expect(outcome).toEqual({ kind: 'made' });
    expect(console[0]).toBe('hi {"a":1} [2] undefined Symbol(s) Error: e');
    expect(console[1]).toHaveLength(1_000);
    expect(console).toHaveLength(100);
    expect(cpuMs).toBeGreaterThanOrEqual(0);
    expect(memoryBytes).toBeGreaterThan(10_000);
    const late = await transformer.observe({
      applicationId: ONE,
      code: handler('console.log("here"); for (;;);'),
      input: INPUT,
    });
    expect(late).toMatchObject({ console: ['here'], outcome: { code: 'timeout' } });
  });

  it('is checked before it is kept', async () => {
    const check = (code: string) => transformer.check({ applicationId: ONE, code });
    expect(await check(changing(''))).toBeUndefined();
    expect(await check('const x = ;')).toMatchObject({ code: 'syntax', line: 1 });
    expect(await check('let handler')).toMatchObject({ code: 'no-handler' });
    // What handler does with a message is not known before there is one.
    expect(await check(handler('throw 1'))).toBeUndefined();
  });

  it("of one application waits for none of another's, however many of those loop", async () => {
    let looping = 20;
    const loops = Array.from({ length: looping }, async () => {
      await transformer.run({ applicationId: ONE, code: handler('for (;;);'), input: INPUT });
      looping -= 1;
    });
    for (let time = 0; time < 5; time += 1) {
      expect(await transformer.run({ applicationId: OTHER, code: changing(''), input: INPUT })).toEqual({
        kind: 'made',
      });
    }
    expect(looping).toBeGreaterThan(10);
    await Promise.all(loops);
  });

  it('never holds up the event loop', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await run(handler('for (;;);'));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
