import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { API_CONTROLLERS } from '../api.module.js';
import { ApiReference } from './api-reference.js';
import { PeerDocument } from './peer-document.fixture.js';

const PEER = new URL('../../../../../shared/svix-openapi.json', import.meta.url);

/** Where ours has the name that the peer's current clients know the operation by. */
const RENAMED: Readonly<Record<string, string>> = {
  patch_application: 'v1.application.patch',
  patch_endpoint: 'v1.endpoint.patch',
  patch_event_type: 'v1.event-type.patch',
  logout_api_v1_auth_logout__post: 'v1.authentication.logout',
};

/** Where ours answers with another success, since the peer's current clients need what it carries. */
const OTHER_SUCCESS: Readonly<Record<string, string>> = { 'v1.endpoint.rotate-secret 204': '200' };

/** Everything is bounded here, and the peer bounds less: decision 0022 says why. */
const NARROWER: readonly string[] = [
  'name: maxLength 1024',
  'application.name: maxLength 1024',
  'description: maxLength 4096',
  'url: maxLength 4096',
  'eventTypes: maxItems 500',
  // What the peer's own POST and PUT refuse, ours refuses in a PATCH as well.
  'name: minLength 1',
  'url: minLength 1',
  'throttleRate: minimum 1',
  'eventTypes: minItems 1',
  'channels: minItems 1',
  'channels: maxItems 10',
  'application.name: maxLength 1024',
  'featureFlags: maxItems 250',
];

if (existsSync(PEER)) compare(new PeerDocument(JSON.parse(readFileSync(PEER, 'utf8')) as Record<string, unknown>));
else {
  process.stderr.write('skipped: ../shared/svix-openapi.json is not there\n');
  it.skip("is compared with the peer's document", () => undefined);
}

function compare(peer: PeerDocument): void {
  const ours = new PeerDocument(new ApiReference(API_CONTROLLERS).json());

  describe("the peer's document", () => {
    const built = peer.operations.filter((operation) => ours.find(operation) !== undefined);
    const both = built.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);

    it('has 43 operations, and ours has every one', () => {
      expect(peer.operations).toHaveLength(43);
      expect(peer.operations.filter((operation) => ours.find(operation) === undefined)).toEqual([]);
    });

    it.each(both)('%s: has its name', (_, operation) => {
      const { id, method } = operation;
      // The peer names one operation twice, and two not at all.
      if (id === undefined || method === 'head') return;
      expect(ours.find(operation)?.id).toBe(RENAMED[id] ?? id);
    });

    it.each(both)('%s: takes its parameters, and asks for no others', (_, operation) => {
      const mine = ours.find(operation)?.parameters ?? [];
      for (const { name, place, required } of operation.parameters) {
        // The peer forgets to describe some parts of its paths.
        expect(mine).toContainEqual(expect.objectContaining({ name, place }));
        if (!required) expect(mine).not.toContainEqual(expect.objectContaining({ name, place, required: true }));
      }
      const names = operation.parameters.map(({ name }) => name);
      const asked = mine.filter(({ name, place, required }) => required && place !== 'path' && !names.includes(name));
      expect(asked).toEqual([]);
    });

    it.each(both)('%s: takes every body that the peer takes', (_, operation) => {
      const theirs = operation.body;
      const mine = ours.find(operation)?.body;
      if (theirs === undefined) return;
      expect(mine).toBeDefined();
      const refused = mine === undefined ? [] : peer.refusals(theirs, mine, ours);
      expect(refused.filter((refusal) => !NARROWER.includes(refusal))).toEqual([]);
    });

    it.each(both)('%s: answers what the peer answers', (_, operation) => {
      const mine = ours.find(operation)?.answers ?? new Map<string, undefined>();
      for (const [status, theirs] of operation.answers) {
        const own = OTHER_SUCCESS[`${String(operation.id)} ${status}`] ?? status;
        expect([...mine.keys()]).toContain(own);
        const answer = mine.get(own);
        if (theirs === undefined) continue;
        expect([status, answer]).toEqual([status, expect.anything()]);
        if (answer !== undefined) expect(ours.surprises(answer, theirs, peer)).toEqual([]);
      }
    });
  });
}
