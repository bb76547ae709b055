import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_CATALOGUE, newSymmetricSecret } from '@signpost/domain';
import { describeWith, projectRoot } from '../toolchains.js';
import { LANGUAGES } from './languages.js';
import { ReceiverUnderTest, signed } from './receiver-under-test.js';

interface Vectors {
  readonly sign: readonly { readonly name: string; readonly body?: string; readonly secret: string }[];
  readonly verify: readonly {
    readonly name: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly secret: string | null;
  }[];
}

const vectorFile = join(projectRoot, '..', 'shared', 'vectors', 'standard-webhooks.json');
const vectors = existsSync(vectorFile)
  ? (JSON.parse(readFileSync(vectorFile, 'utf8')) as Vectors)
  : { sign: [], verify: [] };

/** What the receiver knows: the new secret, and the old one until its time has passed. The old one is the vectors'. */
const NEW = newSymmetricSecret();
const OLD = vectors.verify.find(({ secret }) => secret !== null)?.secret ?? newSymmetricSecret();
const ED25519 = `whsk_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE_MS = 60_000;
const BODY = '{"type":"a.b","timestamp":"2026-01-02T03:04:05Z","data":{"text":"héllo 👋 日本"}}';

const change = (body: Buffer): Buffer => Buffer.from(body.toString('utf8').replace('"a.b"', '"a.c"'));

for (const language of LANGUAGES) {
  describeWith('receivers', language.needs, `the receiver in ${language.name}`, () => {
    let receiver: ReceiverUnderTest;
    let last = 0;
    const newId = (): string => `msg_${language.name}${String((last += 1))}`;
    const fresh = (body = BODY, secrets: readonly string[] = [NEW]) => ({ id: newId(), body, secrets });

    beforeAll(async () => {
      receiver = await ReceiverUnderTest.start(language, [NEW, OLD]);
    }, 600_000);
    afterAll(() => receiver.stop());

    it('takes every event of the catalogue, and works on it', async () => {
      for (const { example } of EVENT_CATALOGUE) {
        const delivery = fresh(JSON.stringify(example));
        expect([example.type, await receiver.send(delivery)]).toEqual([example.type, 204]);
        await receiver.untilWorked(delivery.id);
      }
    });

    it('refuses a body that was changed on the way', async () => {
      const delivery = fresh();
      const { headers, body } = signed(delivery);
      expect(await receiver.post(headers, change(body))).toBe(401);
      const reordered = Buffer.from(JSON.stringify(JSON.parse(body.toString('utf8')), null, 1));
      expect(await receiver.post(headers, reordered)).toBe(401);
      expect(await receiver.post({ ...headers, 'webhook-id': newId() }, body)).toBe(401);
      expect(receiver.worked(delivery.id)).toBe(0);
    });

    it('refuses what is too old or too new, however well it is signed', async () => {
      expect(await receiver.send({ ...fresh(), agoMs: 6 * MINUTE_MS })).toBe(401);
      expect(await receiver.send({ ...fresh(), agoMs: -6 * MINUTE_MS })).toBe(401);
      expect(await receiver.send({ ...fresh(), agoMs: 4 * MINUTE_MS })).toBe(204);
      // Signed rightly, a long time ago or not at all: none of them is a delivery of today.
      for (const { name, headers, body } of vectors.verify) {
        expect([name, await receiver.post(headers, Buffer.from(body))]).toEqual([name, 401]);
      }
    });

    it('does the work of a message once, however often it comes, and at once', async () => {
      const delivery = fresh();
      expect(await receiver.send(delivery)).toBe(204);
      const repeats = Array.from({ length: 8 }, () => receiver.send({ ...delivery, agoMs: MINUTE_MS }));
      expect(await Promise.all(repeats)).toEqual(repeats.map(() => 204));
      const racing = fresh();
      const atOnce = Array.from({ length: 8 }, () => receiver.send(racing));
      expect(await Promise.all(atOnce)).toEqual(atOnce.map(() => 204));
      for (const { id } of [delivery, racing]) await receiver.untilWorked(id);
      // Had a repeat been taken for work, it would be done before what comes after it.
      const after = fresh();
      await receiver.send(after);
      await receiver.untilWorked(after.id);
      expect([receiver.worked(delivery.id), receiver.worked(racing.id)]).toEqual([1, 1]);
    });

    it('goes on taking deliveries while a secret is rotated', async () => {
      expect(await receiver.send(fresh(BODY, [OLD]))).toBe(204);
      expect(await receiver.send(fresh(BODY, [NEW, OLD]))).toBe(204);
      expect(await receiver.send(fresh(BODY, [newSymmetricSecret(), NEW]))).toBe(204);
      expect(await receiver.send(fresh(BODY, [ED25519, NEW]))).toBe(204);
      expect(await receiver.send(fresh(BODY, [newSymmetricSecret()]))).toBe(401);
      expect(await receiver.send(fresh(BODY, [ED25519]))).toBe(401);
    });

    it('refuses signatures that are none, and requests without one', async () => {
      const { headers, body } = signed(fresh());
      const signature = headers['webhook-signature'] ?? '';
      const digest = signature.slice('v1,'.length);
      for (const wrong of ['', 'v1', 'v1,', digest, `v2,${digest}`, `v1a,${digest}`, signature.slice(0, 12), ',,, ,']) {
        expect([wrong, await receiver.post({ ...headers, 'webhook-signature': wrong }, body)]).toEqual([wrong, 401]);
      }
      for (const name of Object.keys(headers)) {
        const { [name]: _, ...rest } = headers;
        expect([name, await receiver.post(rest, body)]).toEqual([name, 401]);
      }
      for (const time of ['soon', '', '-1', '1e9', '99999999999999999999']) {
        expect([time, await receiver.post({ ...headers, 'webhook-timestamp': time }, body)]).toEqual([time, 401]);
      }
    });

    it('refuses what is signed and is no event, and takes a type that it does not know', async () => {
      for (const body of ['', 'null', '[]', '{', '{"type":7}', '"text"', '{"a":1}']) {
        const status = await receiver.send(fresh(body));
        expect([body, status >= 400 && status < 500]).toEqual([body, true]);
      }
      expect(
        await receiver.send(fresh('{"type":"not.invented.yet","timestamp":"2026-01-02T03:04:05Z","data":{}}')),
      ).toBe(204);
    });

    it('refuses a body of two megabytes', async () => {
      const body = JSON.stringify({ type: 'a.b', data: { text: 'x'.repeat(2 * 1_048_576) } });
      // A receiver may hang up on the rest of it.
      expect([413, 'hung up']).toContain(await receiver.send(fresh(body)).catch(() => 'hung up'));
      expect(await receiver.send(fresh())).toBe(204);
    });
  });
}
