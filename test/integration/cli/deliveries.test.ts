import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort, ScriptedReceiver } from '@signpost/testing';
import { Webhook } from 'standardwebhooks';
import type { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { APP, CliScene } from './support.js';

describe('signpost and deliveries', () => {
  let scene: CliScene;
  let cli: CliHome;
  let receiver: ScriptedReceiver;
  beforeAll(async () => {
    scene = await CliScene.open();
    cli = scene.cli;
    receiver = await ScriptedReceiver.start();
    await cli.json(['applications', 'create', 'Acme', '--uid', 'acme']);
  }, 120_000);
  afterAll(async () => {
    await receiver.stop();
    await scene.close();
  });

  const endpoint = (path: string, ...more: readonly string[]) => scene.endpoint(receiver.url(path), ...more);

  it('send: the payload arrives byte for byte, and is shown with its attempt', async () => {
    const { id, secret } = await endpoint('/sent', '--event-types', 'lead.captured');
    const payload = '{ "type":"lead.captured", "data":{"n":12345678901234567890.10} }';
    const file = join(cli.folder, 'payload.json');
    writeFileSync(file, payload);
    const { id: message } = await cli.json<{ id: string }>([
      'send',
      'lead.captured',
      ...APP,
      '--payload-file',
      file,
      '--event-id',
      'order-1',
    ]);
    const [request] = await receiver.received(1, '/sent');
    expect(request?.body.toString('utf8')).toBe(payload);
    new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>);
    await scene.settled(message, 'delivered');
    expect(await scene.shown('order-1')).toMatchObject({
      attempts: [{ status: 0 }],
      endpoints: [{ id, state: 'delivered' }],
    });
    expect((await cli.run(['deliveries', 'show', message, ...APP, '--payload'])).out).toContain('lead.captured');
    const listed = ['deliveries', 'list', ...APP, '--endpoint', id];
    expect(await cli.json([...listed, '--status', 'delivered'])).toMatchObject({ data: [{ id: message }] });
    expect(await cli.json([...listed, '--status', 'failed'])).toEqual({ data: [], done: true });
    expect(await cli.json(['deliveries', 'list', ...APP, '--search', 'order-1'])).toMatchObject({
      data: [{ id: message }],
    });
    expect((await cli.run(['deliveries', 'list', ...APP, '--status', 'failed'])).code).toBe(2);
    expect((await cli.run(['deliveries', 'show', 'msg_none', ...APP])).code).toBe(4);
    expect((await cli.run(['send', 'lead.captured', ...APP, '--data', '{}', '--event-id', 'order-1'])).code).toBe(5);
  });

  it('send: data gets its envelope, a key sends once, and what is no object is refused before it is sent', async () => {
    await endpoint('/data', '--event-types', 'custom.data');
    const words = [
      'send',
      'custom.data',
      ...APP,
      '--data',
      '{"big":12345678901234567890}',
      '--idempotency-key',
      'once',
    ];
    expect((await cli.run(words)).code).toBe(2);
    words.push('--timestamp', '2026-01-31T12:00:00Z');
    const first = await cli.json(words);
    expect(await cli.json(words)).toMatchObject({ id: first['id'] });
    const [request] = await receiver.received(1, '/data');
    expect(request?.body.toString('utf8')).toMatch(
      /^\{"type":"custom.data","timestamp":"[^"]+","data":\{"big":12345678901234567890\}\}$/,
    );
    const piped = await cli.run(['send', 'custom.data', ...APP, '--file', '-'], { stdin: '{"a":1}' });
    expect(piped.code).toBe(0);
    for (const wrong of [
      ['--data', '[1]'],
      ['--data', '{'],
      [],
      ['--data', '{}', '--payload', '{}'],
      ['--file', '/nowhere'],
    ]) {
      expect((await cli.run(['send', 'custom.data', ...APP, ...wrong])).code).toBe(2);
    }
    expect((await cli.run(['send', 'custom.data', '--app', 'nobody', '--data', '{}'])).code).toBe(4);
    expect((await cli.run(['send', 'no such type', ...APP, '--data', '{}'])).code).toBe(5);
  });

  it("trigger: the catalogue's example with changes, many times, at a rate", async () => {
    await endpoint('/triggered', '--event-types', 'rating.submitted');
    const { code, out, err } = await cli.run(
      ['trigger', 'rating.submitted', ...APP, '--set', 'data.score=1', '--count', '5', '--rate', '200'],
      { tty: 100 },
    );
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('5 events accepted') });
    expect(err).toContain('Sending rating.submitted');
    const requests = await receiver.received(5, '/triggered');
    const bodies = requests.map(
      ({ body }) => JSON.parse(body.toString('utf8')) as { timestamp: string; data: unknown },
    );
    expect(bodies[0]).toMatchObject({ type: 'rating.submitted', data: { score: 1 } });
    expect(Date.now() - Date.parse(bodies[0]?.timestamp ?? '')).toBeLessThan(120_000);
    const lines = await cli.run(['trigger', 'rating.submitted', ...APP, '--count', '2', '--json']);
    expect(
      lines.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(2);
    expect(lines.err).toBe('');
    expect((await cli.run(['trigger', 'nobody.knows', ...APP])).code).toBe(2);
    expect((await cli.run(['trigger', 'rating.submitted', ...APP, '--set', 'data.score.deeper=1'])).code).toBe(2);
    expect((await cli.run(['trigger', 'rating.submitted', '--app', 'nobody', '--count', '3'])).code).toBe(4);
  });

  it('sink: takes real deliveries, verifies and records them, and fails as it was told', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const file = join(cli.folder, 'requests.ndjson');
    const sink = scene.background([
      'sink',
      '--port',
      '0',
      '--secret',
      secret,
      '--fail-rate',
      '1',
      '--fail-status',
      '503',
      '--record',
      file,
      '--json',
    ]);
    await sink.until('the sink to listen', () => sink.lines.length > 0);
    const where = String(sink.lines[0]?.['listening']);
    const { id } = await cli.json<{ id: string }>([
      'endpoints',
      'create',
      `${where}/hooks`,
      ...APP,
      '--event-types',
      'custom.sink',
      '--secret',
      secret,
    ]);
    const { id: message } = await cli.json<{ id: string }>(['send', 'custom.sink', ...APP, '--data', '{"a":1}']);
    await sink.until('the delivery', () => sink.lines.some(({ signature }) => signature === 'valid'));
    const inspected = (await (await fetch(`${where}/__requests`)).json()) as {
      data: readonly { headers: Record<string, string> }[];
    };
    expect(inspected.data[0]?.headers['webhook-id']).toBe(message);
    const { code } = await sink.end();
    expect(code).toBe(0);
    expect(sink.lines.at(-1)).toMatchObject({
      summary: { messages: 1, statuses: { 503: expect.any(Number) }, signatures: { valid: expect.any(Number) } },
    });
    const recorded = readFileSync(file, 'utf8').trim().split('\n');
    expect(JSON.parse(recorded[0] ?? '')).toMatchObject({ path: '/hooks', status: 503, signature: 'valid' });
    expect((await cli.run(['verify', '--secret', secret, file])).code).toBe(0);
    await cli.json(['endpoints', 'delete', id, ...APP, '--yes']);
    expect((await cli.run(['sink', '--port', new URL(scene.api.origin).port])).code).toBe(2);
    expect((await cli.run(['sink', '--secret', 'nonsense'])).code).toBe(2);
    expect((await cli.run(['sink', '--record', '/nowhere/x'])).code).toBe(2);
  });

  it('listen: forwards what comes, signed so that the public library verifies it, and shows what is answered', async () => {
    const secret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    receiver.playAt('/local', 200, 500, 200);
    const listening = scene.background([
      'listen',
      receiver.url('/local'),
      ...APP,
      '--event-types',
      'custom.heard',
      '--secret',
      secret,
      '--every',
      '50ms',
      '--json',
    ]);
    await listening.until('it to listen', () => listening.lines.length > 0);
    await cli.json(['send', 'custom.heard', ...APP, '--data', '{"before":true}']);
    await cli.json(['send', 'custom.unheard', ...APP, '--data', '{}']);
    const payload = '{ "type":"custom.heard", "n":1.00, "big":12345678901234567890 }';
    const { id } = await cli.json<{ id: string }>(['send', 'custom.heard', ...APP, '--payload', payload]);
    const requests = await receiver.received(2, '/local');
    const request = requests.find(({ headers }) => headers['webhook-id'] === id);
    expect(request?.body.toString('utf8')).toBe(payload);
    new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>);
    await listening.until('two answers', () => listening.lines.length >= 3);
    expect(
      listening.lines
        .slice(1)
        .map(({ status }) => status)
        .sort(),
    ).toEqual([200, 500]);
    expect(listening.lines[1]).toMatchObject({
      eventType: 'custom.heard',
      tookMs: expect.any(Number),
      ageMs: expect.any(Number),
    });
    expect((await listening.end()).code).toBe(0);
  });

  it('listen: is an endpoint for its event types and its secret, and says when nobody answers', async () => {
    const { id, secret } = await endpoint('/real', '--event-types', 'custom.real');
    const listening = scene.background([
      'listen',
      receiver.url('/copy'),
      ...APP,
      '--endpoint',
      id,
      '--since',
      '1h',
      '--every',
      '50ms',
      '--count',
      '1',
    ]);
    await cli.json(['send', 'custom.real', ...APP, '--data', '{}']);
    const [copy] = await receiver.received(1, '/copy');
    new Webhook(secret).verify(copy?.body ?? '', copy?.headers as Record<string, string>);
    const { code, out } = await listening.whenEnded;
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/custom\.real +msg_\w+ +200 /) });
    const nobody = await cli.run([
      'listen',
      String(await findFreePort()),
      ...APP,
      '--event-types',
      'custom.real',
      '--since',
      '1h',
      '--count',
      '1',
    ]);
    expect(nobody).toMatchObject({ code: 0, out: expect.stringContaining('ECONNREFUSED') });
    expect((await cli.run(['listen', 'nowhere', ...APP])).code).toBe(2);
    expect((await cli.run(['listen', '3000', '--app', 'nobody'])).code).toBe(4);
    expect((await cli.run(['listen', '3000', ...APP, '--secret', 'x'])).code).toBe(2);
    expect((await cli.run(['listen', '3000', ...APP, '--endpoint', id, '--print-secret'])).out.trim()).toBe(secret);
  });

  it('verify: tells a wrong secret from a changed body by what was sent', async () => {
    const { id, secret } = await endpoint('/verified', '--event-types', 'custom.verified');
    await cli.json(['send', 'custom.verified', ...APP, '--payload', '{ "a":1,  "b":"é" }']);
    const [request] = await receiver.received(1, '/verified');
    const head = Object.entries(request?.headers ?? {})
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join('\r\n');
    const wire = (body: string): string => `POST /verified HTTP/1.1\r\n${head}\r\n\r\n${body}`;
    const body = request?.body.toString('utf8') ?? '';
    const verify = async (stdin: string, ...more: readonly string[]) => {
      const { code, out } = await cli.run(['verify', '--json', ...more], { stdin });
      return {
        code,
        ...(JSON.parse(out) as { valid: boolean; findings: readonly { part: string; code: string; detail: string }[] }),
      };
    };
    expect(await verify(wire(body), '--secret', secret)).toMatchObject({ code: 0, valid: true });
    expect(await verify(wire(body), ...APP, '--endpoint', id)).toMatchObject({ code: 0, valid: true });
    const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(await verify(wire(body), '--secret', other)).toMatchObject({
      code: 7,
      findings: [{ part: 'body-or-secret' }],
    });
    expect(await verify(wire(body), '--secret', other, ...APP, '--endpoint', id)).toMatchObject({
      code: 7,
      findings: [{ part: 'secret' }],
    });
    expect(await verify(wire('{"a":1,"b":"e"}'), ...APP, '--endpoint', id)).toMatchObject({
      code: 7,
      findings: [{ part: 'body', detail: expect.stringContaining('from byte 1 on') }],
    });
    expect(await verify(wire(body), '--secret', secret, '--at', '2020-01-01')).toMatchObject({
      code: 7,
      findings: [{ part: 'clock' }],
    });
    const plain = await cli.run(['verify', '--secret', secret], { stdin: wire(`${body}\n`) });
    expect(plain).toMatchObject({ code: 7, out: expect.stringMatching(/^body {2}/) });
    expect((await cli.run(['verify', '--secret', 'nonsense'], { stdin: wire(body) })).code).toBe(2);
    expect((await cli.run(['verify', '--secret', secret], { stdin: 'nonsense' })).code).toBe(2);
    expect((await cli.run(['verify'], { stdin: wire(body) })).code).toBe(2);
  });

  it('replay: one message to one endpoint, at once', async () => {
    const { id } = await endpoint('/again', '--event-types', 'custom.again');
    const { id: message } = await cli.json<{ id: string }>(['send', 'custom.again', ...APP, '--data', '{}']);
    await scene.settled(message, 'delivered');
    expect((await cli.run(['replay', message, ...APP, '--endpoint', id])).code).toBe(0);
    await receiver.received(2, '/again');
    expect((await cli.run(['replay', 'msg_none', ...APP, '--endpoint', id])).code).toBe(4);
    expect((await cli.run(['replay', message, ...APP, '--to', 'https://a.example', '--to-endpoint', id])).code).toBe(2);
    expect((await cli.run(['replay', ...APP, '--since', '1h'])).code).toBe(2);
  });

  it('endpoints test: sends an example to that endpoint alone', async () => {
    const { id } = await endpoint('/tested', '--event-types', 'custom.never');
    const example = join(cli.folder, 'example.json');
    writeFileSync(example, JSON.stringify({ type: 'object', examples: [{ type: 'custom.example', data: {} }] }));
    await cli.json(['event-types', 'create', 'custom.example', '--description', '', '--schema', example]);
    await cli.json(['endpoints', 'test', id, 'custom.example', ...APP]);
    const [request] = await receiver.received(1, '/tested');
    expect(JSON.parse(request?.body.toString('utf8') ?? '')).toMatchObject({ type: 'custom.example' });
    expect((await cli.run(['endpoints', 'test', id, 'nobody.knows', ...APP])).code).toBe(4);
  });
});
