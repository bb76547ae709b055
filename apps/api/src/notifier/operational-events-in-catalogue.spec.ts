import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { AttemptFact } from '@signpost/contracts';
import { EVENT_CATALOGUE, newId, type Application, type Endpoint } from '@signpost/domain';
import { OPERATIONAL_EVENTS, operationalEvent, type FactOfNote } from './operational-event.js';

const AT = Date.parse('2026-03-01T12:00:00Z');
const application: Application = {
  id: newId('app', AT),
  organisationId: newId('org', AT),
  version: 1,
  name: 'Shop',
};
const endpoint: Endpoint = {
  id: newId('ep', AT),
  uid: 'crm',
  applicationId: application.id,
  version: 4,
  url: 'https://hooks.example.com/in',
  disabled: false,
  secrets: [],
  retrySchedule: [],
};
const of = { applicationId: application.id, endpointId: endpoint.id, atMs: AT };
const failing = { ...of, kind: 'endpoint', endpointVersion: 4, failingSinceMs: AT - 1_000 } as const;
const dead = {
  ...of,
  deliveryId: newId('dlv', AT),
  messageId: newId('msg', AT),
  eventType: 'lead.captured',
  deadLetterReason: 'attempts-exhausted',
} as const;

const FACTS: Readonly<Record<string, FactOfNote>> = {
  'a warning': {
    ...failing,
    state: 'warned',
    percent: 50,
    disablesAtMs: AT + 1_000,
    lastFailure: { reason: 'http:503', status: 503 },
  },
  'a disabled endpoint': {
    ...failing,
    state: 'disabled',
    reason: 'failing',
    lastFailure: { reason: 'timeout:total' },
  },
  'one that is gone': {
    ...failing,
    state: 'disabled',
    reason: 'gone',
    lastFailure: { reason: 'http:410', status: 410 },
  },
  'a recovery': { ...failing, state: 'recovered' },
  'a last attempt with an answer': {
    ...dead,
    kind: 'attempt',
    attemptId: newId('atmpt', AT),
    attempt: 8,
    reason: 'http:503',
    status: 503,
  } as unknown as AttemptFact,
  'a last attempt without one': {
    ...dead,
    kind: 'attempt',
    attemptId: newId('atmpt', AT),
    attempt: 8,
    reason: 'timeout:connect',
  } as unknown as AttemptFact,
  'a fate without an attempt': { ...dead, kind: 'fate', fate: 'dead-lettered' },
};

describe('what Signpost tells of itself', () => {
  const ajv = new Ajv2020({ strict: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

  it('is in the catalogue, all of it and nothing else', () => {
    const names = EVENT_CATALOGUE.filter(({ kind }) => kind === 'operational').map(({ name }) => name);
    expect([...names].sort()).toEqual([...OPERATIONAL_EVENTS].sort());
  });

  it.each(Object.entries(FACTS))('of %s fits the schema', (_, fact) => {
    for (const [owner, target] of [
      [application, undefined],
      [{ ...application, uid: 'shop' }, endpoint],
    ] as const) {
      const { type, atMs, data } = operationalEvent(fact, owner, target);
      const schema = EVENT_CATALOGUE.find(({ name }) => name === type)?.schema ?? {};
      const validate = ajv.compile(schema);
      validate({ type, timestamp: new Date(atMs).toISOString(), data });
      expect(validate.errors ?? []).toEqual([]);
    }
  });
});
