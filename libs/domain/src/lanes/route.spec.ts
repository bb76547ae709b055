import { describe, expect, it } from '@jest/globals';
import type { Endpoint } from '../control/control-state.js';
import { newId } from '../ids.js';
import { emptyLane, switchedOff } from './lane-memory.js';
import { routeOf } from './route.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const endpoint: Endpoint = {
  id: newId('ep', NOW),
  applicationId: newId('app', NOW),
  version: 3,
  url: 'https://example.com/hook',
  disabled: false,
  secrets: [],
  retrySchedule: [],
};
const offAt = (version: number) => switchedOff(emptyLane(endpoint.id, endpoint.applicationId), NOW, 'gone', version);
const parked = { kind: 'park', reason: 'endpoint-disabled' };
const PAUSED = { ...endpoint, paused: { by: 'key_1', sinceMs: NOW } };
const pausedFor = (ms: number) => ({ ...emptyLane(endpoint.id, endpoint.applicationId), pausedUntilMs: NOW + ms });

describe('the route of a delivery', () => {
  it.each([
    ['an endpoint in order', endpoint, undefined, { kind: 'attempt', endpoint }],
    ['a deleted endpoint', undefined, undefined, { kind: 'cancel' }],
    ['a deleted endpoint that was switched off', undefined, offAt(3), { kind: 'cancel' }],
    ['one that its owner disabled', { ...endpoint, disabled: true }, undefined, parked],
    ['one that we switched off at this version', endpoint, offAt(3), parked],
    ['one that changed while our request was under way', endpoint, offAt(2), { kind: 'attempt', endpoint }],
    ['one that its owner paused', PAUSED, undefined, { kind: 'park', reason: 'endpoint-paused' }],
    ['one that is paused and disabled', { ...PAUSED, disabled: true }, undefined, parked],
    ['one that asked for a long silence', endpoint, pausedFor(5_001), { kind: 'park', reason: 'lane-paused' }],
    ['one that asked for a short one', endpoint, pausedFor(5_000), { kind: 'attempt', endpoint }],
    ['one that changed since, but is disabled', { ...endpoint, disabled: true }, offAt(2), parked],
  ] as const)('to %s', (_, to, memory, route) => {
    expect(routeOf(to, memory, NOW)).toEqual(route);
  });
});
