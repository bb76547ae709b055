import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEAD_LETTER_REASONS } from '../delivery/decision.js';
import type { DeliveryState } from '../delivery/delivery-status.js';
import type { EndpointHealth } from '../lanes/endpoint-health.js';
import { PARK_REASONS } from '../lanes/lane-memory.js';
import { explainDelivery, type DeliveryFacts, type EndpointNow } from './explain-delivery.js';
import { stepOfDelivery } from './next-step.js';
import { deliveryText } from './rule-text.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const WELL: EndpointNow = { isDeleted: false, health: { kind: 'healthy' }, permission: 'allowed' };
const OFF: EndpointHealth = { kind: 'disabled', by: 'owner' };
const PAUSED: EndpointHealth = { kind: 'paused', by: 'ops', sinceMs: 0 };
const SILENT: EndpointHealth = { kind: 'throttled', nextProbeAtMs: NOW + 9_000 };
const OPEN: EndpointHealth = { kind: 'breaker-open', openings: 2, nextProbeAtMs: NOW + 7_000 };
const FAILED = { attempt: 2, reason: 'http:503', status: 503 };
const dueAt = { nextAttemptAtMs: NOW + 5_000 };

const cases: readonly [string, Partial<DeliveryFacts>, Partial<EndpointNow>, string, string, string, number?][] = [
  ['delivered', { state: 'delivered' }, {}, 'delivered', 'delivered', 'nothing'],
  ['delivered, endpoint off since', { state: 'delivered' }, { health: OFF }, 'delivered', 'delivered', 'nothing'],
  ['dead', { state: 'dead-lettered', deadLetterReason: 'attempts-exhausted' }, {}, 'dead', 'dead', 'nothing'],
  ['expired', { state: 'expired' }, {}, 'expired', 'expired', 'nothing'],
  ['superseded', { state: 'superseded' }, {}, 'superseded', 'superseded', 'nothing'],
  ['declined', { state: 'declined' }, {}, 'declined', 'declined', 'nothing'],
  ['cancelled', { state: 'cancelled' }, { isDeleted: true }, 'cancelled', 'cancelled', 'nothing'],
  ['on its way', { state: 'pending' }, {}, 'pending', 'on-its-way', 'attempt'],
  ['to an endpoint that is deleted', { state: 'pending' }, { isDeleted: true }, 'pending', 'deleted', 'cancel'],
  ['to one that is off', { state: 'pending' }, { health: OFF }, 'pending', 'disabled', 'enable'],
  [
    'to one with an open breaker',
    { state: 'pending' },
    { health: OPEN },
    'pending',
    'breaker-open',
    'probe',
    NOW + 7_000,
  ],
  ['to one that is silent', { state: 'pending' }, { health: SILENT }, 'pending', 'throttled', 'release', NOW + 9_000],
  ['waits in a tier', { state: 'waiting', ...dueAt }, {}, 'pending', 'waiting', 'attempt', NOW + 5_000],
  [
    'waits, endpoint off',
    { state: 'waiting', ...dueAt },
    { health: OFF },
    'pending',
    'waiting',
    'attempt',
    NOW + 5_000,
  ],
  ['waits, endpoint gone', { state: 'waiting', ...dueAt }, { isDeleted: true }, 'pending', 'deleted', 'cancel'],
  [
    'counted as failed by the breaker',
    { state: 'waiting', ...dueAt, lastAttempt: { attempt: 2, reason: 'breaker-open' } },
    { health: OPEN },
    'pending',
    'breaker-open',
    'probe',
    NOW + 7_000,
  ],
  [
    'counted as failed by a breaker that is closed again',
    { state: 'waiting', ...dueAt, lastAttempt: { attempt: 2, reason: 'breaker-open' } },
    {},
    'pending',
    'breaker-open',
    'attempt',
    NOW + 5_000,
  ],
  [
    'parked, off',
    { state: 'parked', parkedFor: 'endpoint-disabled' },
    { health: OFF },
    'pending',
    'disabled',
    'enable',
  ],
  ['parked, on again', { state: 'parked', parkedFor: 'endpoint-disabled' }, {}, 'pending', 'disabled', 'release'],
  [
    'parked, paused',
    { state: 'parked', parkedFor: 'endpoint-paused' },
    { health: PAUSED },
    'pending',
    'paused',
    'resume',
  ],
  ['parked, resumed', { state: 'parked', parkedFor: 'endpoint-paused' }, {}, 'pending', 'paused', 'release'],
  [
    'parked, silent',
    { state: 'parked', parkedFor: 'lane-paused' },
    { health: SILENT },
    'pending',
    'throttled',
    'release',
    NOW + 9_000,
  ],
  ['parked, slow', { state: 'parked', parkedFor: 'lane-full' }, {}, 'pending', 'lane-full', 'release'],
  [
    'parked, slow, then off',
    { state: 'parked', parkedFor: 'lane-full' },
    { health: OFF },
    'pending',
    'disabled',
    'enable',
  ],
  ['parked behind its head', { state: 'parked', parkedFor: 'behind-head' }, {}, 'pending', 'behind-head', 'release'],
  ['parked, unrecorded why', { state: 'parked' }, {}, 'pending', 'parked', 'release'],
  [
    'not agreed to',
    { state: 'parked', parkedFor: 'endpoint-disabled' },
    { permission: 'pending' },
    'pending',
    'no-permission',
    'permit',
  ],
];

describe('explainDelivery', () => {
  it.each(cases.map(([name, ...told]) => ({ name, told })))('$name', ({ told }) => {
    const [facts, now, verdict, kind, what, atMs] = told;
    const endpoint = { ...WELL, ...now };
    const explained = explainDelivery({ attempts: 2, state: 'pending', lastAttempt: FAILED, ...facts }, endpoint, NOW);
    expect(explained).toMatchObject({ verdict, rule: { kind } });
    const step = stepOfDelivery(explained.rule, endpoint, NOW);
    expect([step.what, step.atMs]).toEqual([what, atMs]);
  });

  const STATES = [
    'pending',
    'waiting',
    'parked',
    'delivered',
    'dead-lettered',
    'expired',
    'superseded',
    'declined',
    'cancelled',
  ] as const satisfies readonly DeliveryState[];

  it('says which version of a transformation made what arrived', () => {
    const facts = { state: 'delivered', attempts: 1, lastAttempt: { attempt: 1, status: 200 } } as const;
    const text = (transformation?: number) => {
      const lastAttempt = { ...facts.lastAttempt, ...(transformation === undefined ? {} : { transformation }) };
      return deliveryText(explainDelivery({ ...facts, lastAttempt }, WELL, NOW).rule);
    };
    expect(text()).toBe('The receiver accepted attempt 1 with 200.');
    expect(text(3)).toBe(
      "The receiver accepted attempt 1 with 200. Version 3 of the endpoint's transformation made its request.",
    );
  });

  it('tells whoever wrote a transformation that fails to mend it, and what runs then', () => {
    const failed = { attempt: 1, reason: 'transformation:threw' };
    const waiting = { state: 'waiting', attempts: 1, nextAttemptAtMs: NOW + 9_000, lastAttempt: failed } as const;
    const { rule } = explainDelivery(waiting, WELL, NOW);
    expect(deliveryText(rule)).toContain('(transformation:threw)');
    expect(stepOfDelivery(rule, WELL, NOW)).toMatchObject({
      what: 'attempt',
      why: expect.stringContaining('mend its code'),
    });
    const dead = { ...waiting, state: 'dead-lettered', deadLetterReason: 'attempts-exhausted' } as const;
    const { rule: end } = explainDelivery(dead, WELL, NOW);
    expect(stepOfDelivery(end, WELL, NOW).why).toMatch(/re-drive it: what is asked for again is made anew/);
  });

  it('has words for everything, and calls what has ended final and nothing else', () => {
    const health = fc.constantFrom<EndpointHealth>({ kind: 'healthy' }, OFF, PAUSED, SILENT, OPEN);
    const facts = fc.record(
      {
        state: fc.constantFrom(...STATES),
        attempts: fc.nat(20),
        nextAttemptAtMs: fc.integer({ min: NOW - 10_000, max: NOW + 10_000 }),
        deadLetterReason: fc.constantFrom(...DEAD_LETTER_REASONS),
        parkedFor: fc.constantFrom(...PARK_REASONS),
        lastAttempt: fc.constantFrom(
          FAILED,
          { attempt: 1, reason: 'breaker-open' },
          { attempt: 1, reason: 'transformation:threw' },
        ),
      },
      { requiredKeys: ['state', 'attempts'] },
    );
    fc.assert(
      fc.property(facts, health, fc.boolean(), (known, does, isDeleted) => {
        const endpoint = { ...WELL, health: does, isDeleted };
        const { verdict, rule } = explainDelivery(known, endpoint, NOW);
        const step = stepOfDelivery(rule, endpoint, NOW);
        expect(deliveryText(rule)).toMatch(/^[A-Z][^\n]+\.$/);
        expect(step.why).toMatch(/^[A-Z][^\n]+\.$/);
        expect(step.what === 'nothing').toBe(verdict !== 'pending');
        expect(verdict === 'pending').toBe(['pending', 'waiting', 'parked'].includes(known.state));
      }),
    );
  });
});
