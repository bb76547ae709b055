import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EndpointFact } from '@signpost/contracts';
import { newId, type Application, type Endpoint } from '@signpost/domain';
import { endpointMail, recipients } from './endpoint-mail.js';
import { factOfNote, operationalEvent } from './operational-event.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const application: Application = {
  id: newId('app', NOON),
  organisationId: newId('org', NOON),
  version: 1,
  name: 'Shop',
};
const endpoint: Endpoint = {
  id: newId('ep', NOON),
  applicationId: application.id,
  version: 4,
  url: 'https://user:pass@hooks.example.com/in?key=secret',
  disabled: false,
  secrets: [],
  retrySchedule: [],
  description: 'Orders\r\nBcc: everybody@example.com',
};
const common = {
  kind: 'endpoint',
  endpointId: endpoint.id,
  applicationId: application.id,
  endpointVersion: 4,
  atMs: NOON,
  failingSinceMs: NOON - 1_000_000,
} as const;
const lastFailure = { reason: 'timeout:connect' };
const WARNED: EndpointFact = { ...common, state: 'warned', percent: 50, disablesAtMs: NOON + 1_000_000, lastFailure };
const DISABLED: EndpointFact = { ...common, state: 'disabled', reason: 'gone', lastFailure };
const RECOVERED: EndpointFact = { ...common, state: 'recovered' };
const idOf = (fact: EndpointFact) => operationalEvent(fact, application, endpoint).id;

describe('an operational event', () => {
  it('is the same event for a fact that a crash repeats at another time of the day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(WARNED, DISABLED, RECOVERED),
        fc.integer({ min: 0, max: 43_199_999 }),
        (fact, laterMs) => {
          expect(idOf({ ...fact, atMs: fact.atMs + laterMs })).toBe(idOf(fact));
        },
      ),
    );
  });

  it('is another for each step, streak, version and endpoint', () => {
    const other = { ...WARNED, endpointId: newId('ep', NOON) };
    const facts: EndpointFact[] = [WARNED, DISABLED, RECOVERED, other];
    const more: EndpointFact[] = [
      { ...WARNED, percent: 70 },
      { ...WARNED, failingSinceMs: 1 },
      { ...DISABLED, endpointVersion: 5 },
      { ...RECOVERED, failingSinceMs: 1 },
    ];
    expect(new Set([...facts, ...more].map(idOf)).size).toBe(8);
  });

  it('is another each time that what was sent again is exhausted', () => {
    const fate = { ...common, deliveryId: newId('dlv', 1), messageId: newId('msg', 1), eventType: 'a' };
    const exhausted = { ...fate, kind: 'fate', fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' } as const;
    const ids = [exhausted, { ...exhausted, redelivery: 1 }, { ...exhausted, redelivery: 2 }].map(
      (fact) => operationalEvent(fact, application, endpoint).id,
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('comes of no other fact', () => {
    const { id: applicationId } = application;
    expect(factOfNote({ kind: 'matched', messageId: newId('msg', 1), applicationId, atMs: 1, endpointIds: [] })).toBe(
      undefined,
    );
    const fate = { ...common, deliveryId: newId('dlv', 1), messageId: newId('msg', 1), eventType: 'a' };
    expect(factOfNote({ ...fate, kind: 'fate', fate: 'cancelled' })).toBeUndefined();
    expect(factOfNote({ ...fate, kind: 'fate', fate: 'dead-lettered', deadLetterReason: 'gone' })).toBeUndefined();
    const exhausted = { ...fate, kind: 'fate', fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' } as const;
    expect(factOfNote(exhausted)).toBe(exhausted);
  });
});

describe('a mail about an endpoint', () => {
  it.each([
    [WARNED, /failing/, /2026-03-01 12:16 UTC \(50 %/],
    [DISABLED, /disabled/, /answered 410[^]*oldest first/],
    [RECOVERED, /recovered/, /nothing to do/],
  ])('says what happened, to which, since when and what next', (fact, subject, text) => {
    const mail = endpointMail(fact, endpoint, application);
    expect(mail.subject).toMatch(subject);
    expect(mail.text).toMatch(text);
    expect(mail.text).toContain(endpoint.id);
    expect(mail.text).toContain('https://hooks.example.com/in');
    expect(mail.text).toContain('2026-03-01 11:43 UTC');
  });

  it('shows no secret of the URL, and no line that its owner wrote', () => {
    const { subject, text } = endpointMail(WARNED, endpoint, application);
    expect(subject + text).not.toMatch(/user|:pass@|secret/);
    expect(text).not.toMatch(/^Bcc/m);
  });

  it('goes to whom the endpoint names, else its application, else the operator', () => {
    const named = { ...application, notifyEmails: ['shop@example.com'] };
    const operator = ['ops@example.com'];
    expect(recipients({ ...endpoint, notifyEmails: ['dev@example.com'] }, named, operator)).toEqual([
      'dev@example.com',
    ]);
    expect(recipients(endpoint, named, operator)).toEqual(['shop@example.com']);
    expect(recipients(endpoint, application, operator)).toEqual(operator);
  });
});
