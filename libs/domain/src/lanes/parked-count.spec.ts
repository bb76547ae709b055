import { describe, expect, it } from '@jest/globals';
import type { ApplicationId, DeliveryId, EndpointId } from '../ids.js';
import type { ConversationMemory } from './conversation-order.js';
import { emptyLane, type LaneMemory } from './lane-memory.js';
import { parkedCount } from './parked-count.js';

const lane = emptyLane('ep_1' as EndpointId, 'app_1' as ApplicationId);
const range = (count: number) => ({ oldestOffset: 0, newestOffset: 99, count });
const ordered = (...conversations: readonly ConversationMemory[]): LaneMemory => ({
  ...lane,
  order: { sequence: 0, ahead: [], settled: [], conversations: Object.fromEntries(Object.entries(conversations)) },
});
const id = 'dlv_1' as DeliveryId;

describe('parkedCount', () => {
  it.each([
    { what: 'no memory', memory: undefined, count: 0 },
    { what: 'nothing parked', memory: lane, count: 0 },
    { what: 'its own', memory: { ...lane, parked: range(7) }, count: 7 },
    {
      what: 'its own and its conversations',
      memory: { ...ordered({ parked: range(2) }, {}), parked: range(3) },
      count: 5,
    },
    { what: 'a head by itself', memory: ordered({ head: { id, parkedAt: 4 }, parked: range(2) }), count: 3 },
    {
      what: 'a head among its own',
      memory: ordered({ head: { id, parkedAt: 4, isAmong: true }, parked: range(2) }),
      count: 2,
    },
    { what: 'a head elsewhere', memory: ordered({ head: { id }, parked: range(2) }), count: 2 },
  ])('is $count: $what', ({ memory, count }) => {
    expect(parkedCount(memory)).toBe(count);
  });
});
