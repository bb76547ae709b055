import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiRole } from '@signpost/api';
import { SCOPES } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { ApiScene, type Answer } from '../support.js';
import { inOrder, operationsOf, requestFor, type Asked, type Operation } from './operations.js';
import { State } from './state.js';
import { aTenant, portalToken, type Tenant } from './tenant.js';

/** What anybody may call. */
const PUBLIC = ['v1.health.get', 'v1.health.head', 'v1.health.ping', 'v1.health.ping-head'];
/** Of an endpoint that never needed it, no receiver can be asked for permission; and a recovery that is through is steered no more. */
const ANSWERS: Readonly<Record<string, number>> = {
  'v1.endpoint.validate': 409,
  'v1.recovery.pause': 409,
  'v1.recovery.resume': 409,
  'v1.recovery.abort': 409,
};
/** What changes nothing of the control plane: messages have a log of their own, and what is tried is not kept. */
const UNAUDITED = [
  'v1.message.create',
  'v1.message.create-batch',
  'v1.endpoint.try-filter',
  'v1.endpoint.transformation-try',
];

/**
 * Walks every operation of the served document, so that one that is added later is walked as well: it fails here until
 * it says what it is sent.
 */
describe('what belongs to an organisation', () => {
  let scene: ApiScene;
  let victim: Tenant;
  let intruder: Tenant;
  let operations: readonly Operation[];
  let state: State;
  beforeAll(async () => {
    scene = await ApiScene.open(undefined, { INGEST_APPLICATION_WAIT_MS: '50' }, [ingestRole, recorderRole, apiRole]);
    victim = await aTenant(scene, 'victim');
    intruder = await aTenant(scene, 'intruder');
    const { body } = await scene.raw('GET', '/api/v1/openapi.json', undefined, undefined);
    operations = inOrder(operationsOf(body.paths));
    state = await State.open(scene.databaseUrl);
  }, 120_000);
  afterAll(async () => {
    await state.close();
    await scene.close();
  });

  const send = ({ method, path, body }: Asked, key: string | undefined): Promise<Answer> =>
    scene.raw(method, path, body === undefined ? undefined : JSON.stringify(body), key);

  /** Fails unless nothing of the victim is in the answer but what the request named itself, and nothing of it has changed. */
  async function leftAlone(asked: Asked, key: string | undefined, before: unknown): Promise<Answer> {
    const answer = await send(asked, key);
    const named = `${asked.path} ${JSON.stringify(asked.body)}`;
    const shown = victim.own.filter((text) => answer.text.includes(text) && !named.includes(text));
    expect({ asked, answer: answer.text, shown }).toMatchObject({ shown: [] });
    expect({ asked, state: await state.of(victim) }).toEqual({ asked, state: before });
    return answer;
  }

  const isWithinApplication = ({ parameters }: Operation): boolean =>
    parameters.some((name) => name !== 'event_type_name');

  it('is described wholly: every operation but the public ones says who may call it', () => {
    const open = operations.filter(({ needs, portal }) => needs === undefined && portal === undefined);
    expect(open.map(({ id }) => id).sort()).toEqual(PUBLIC);
    expect(operations.length).toBeGreaterThan(25);
    const scopes: readonly (string | undefined)[] = SCOPES;
    expect(operations.filter(({ needs }) => needs !== undefined && !scopes.includes(needs))).toEqual([]);
  });

  it("is neither shown to nor changed by another organisation's key", async () => {
    const before = await state.of(victim);
    for (const operation of operations) {
      const { status } = await leftAlone(requestFor(operation, victim), intruder.key, before);
      if (isWithinApplication(operation)) expectRefused(operation, status);
      // By the owner's names there is nothing either: at most something new of the intruder's own comes to be.
      await leftAlone(requestFor(operation, victim, victim.uids), intruder.key, before);
    }
  }, 120_000);

  it("is neither shown to nor changed by a token of another organisation's portal", async () => {
    const before = await state.of(victim);
    for (const operation of operations) {
      const token = await portalToken(scene, intruder, intruder.ids['app_id'] ?? '');
      for (const names of [victim.ids, victim.uids]) {
        const { status } = await leftAlone(requestFor(operation, victim, names), token, before);
        if (isWithinApplication(operation)) expectRefused(operation, status);
      }
    }
  }, 120_000);

  it('is neither shown to nor changed by the portal of another application of its own', async () => {
    const made = await scene.call('POST', '/api/v1/app', { name: 'sibling', uid: 'sibling' }, victim.key);
    const token = await portalToken(scene, victim, made.body.id);
    const before = await state.of(victim);
    for (const operation of operations.filter(({ parameters }) => parameters.includes('app_id'))) {
      for (const names of [victim.ids, victim.uids]) {
        const { status } = await leftAlone(requestFor(operation, victim, names), token, before);
        expect([operation.id, status]).toEqual([operation.id, operation.portal === undefined ? 403 : 404]);
      }
    }
  }, 120_000);

  it('is neither shown to nor changed by those without a key', async () => {
    const before = await state.of(victim);
    for (const operation of operations.filter(({ id }) => !PUBLIC.includes(id))) {
      const { status } = await leftAlone(requestFor(operation, victim), undefined, before);
      expect([operation.id, status]).toEqual([operation.id, 401]);
    }
  }, 120_000);

  it('is neither shown to nor changed by a key without the scope, or a token without the capability', async () => {
    const without = new Map<string, string>();
    for (const scope of SCOPES) {
      without.set(
        scope,
        await scene.keyOf(
          victim.name,
          SCOPES.filter((other) => other !== scope),
        ),
      );
    }
    const viewer = await portalToken(scene, victim, victim.ids['app_id'] ?? '', ['ViewBase']);
    const before = await state.of(victim);
    for (const operation of operations) {
      const { id, needs, portal } = operation;
      if (needs !== undefined) {
        const { status, text } = await leftAlone(requestFor(operation, victim), without.get(needs), before);
        expect({ id, status, text }).toEqual({ id, status: 403, text: expect.stringContaining('insufficient_scope') });
        expect(text).toContain(`"${needs}\\"`);
      }
      if (portal !== undefined && portal !== 'ViewBase') {
        const { status, text } = await leftAlone(requestFor(operation, victim), viewer, before);
        expect({ id, status, text }).toEqual({
          id,
          status: 403,
          text: expect.stringContaining('insufficient_capability'),
        });
      }
    }
  }, 120_000);

  // Last, since these change it. Without them all of the above might be refused for a wrong path or body alone.
  it('can be had with its own portal token, as far as its capabilities go', async () => {
    for (const operation of operations.filter(({ portal, method }) => portal !== undefined && method !== 'DELETE')) {
      const token = await portalToken(scene, victim, victim.ids['app_id'] ?? '');
      const names = operation.method === 'GET' ? victim.uids : victim.ids;
      expectDone(operation, await send(requestFor(operation, victim, names), token));
    }
  }, 120_000);

  it('can be had with its own key, and every change is in the audit log', async () => {
    for (const operation of operations.filter(({ needs }) => needs !== undefined)) {
      expectDone(operation, await send(requestFor(operation, victim), victim.key));
      if (operation.method === 'GET' || operation.id in ANSWERS || UNAUDITED.includes(operation.id)) continue;
      const path = `/api/v1/audit-log?actor_type=api-key&operation=${operation.id}`;
      const entries = (await scene.call('GET', path, undefined, victim.key)).body.data;
      expect([operation.id, entries.length]).not.toEqual([operation.id, 0]);
    }
  }, 120_000);

  function expectRefused({ id }: Operation, status: number): void {
    expect({ id, status, isRefused: [401, 403, 404].includes(status) }).toEqual({ id, status, isRefused: true });
  }

  function expectDone({ id }: Operation, { status, text }: Answer): void {
    const isDone = status === ANSWERS[id] || (status >= 200 && status < 300);
    expect({ id, isDone, status, text }).toEqual({ id, isDone: true, status, text });
  }
});
