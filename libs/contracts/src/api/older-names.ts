import * as z from 'zod';
import { ThrottleRate } from './names.js';

/** What older clients of the peer's API call some fields. Both names are taken, and both are given. */
export const RateLimit = ThrottleRate.nullish().describe('Another name of throttleRate, which older clients use.');
export const RateLimitOut = ThrottleRate.optional().describe('As throttleRate, for older clients.');

interface TwiceNamed {
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly filterTypes?: readonly string[] | null | undefined;
  readonly throttleRate?: number | null | undefined;
  readonly rateLimit?: number | null | undefined;
}

export const isOneFilter = ({ eventTypes, filterTypes }: TwiceNamed): boolean =>
  areSame(sorted(eventTypes), sorted(filterTypes));
export const ONE_FILTER = {
  path: ['filterTypes'],
  error: 'is another name of eventTypes and says something else: give one of them',
};
export const isOneRate = ({ throttleRate, rateLimit }: TwiceNamed): boolean => areSame(throttleRate, rateLimit);
export const ONE_RATE = {
  path: ['rateLimit'],
  error: 'is another name of throttleRate and says something else: give one of them',
};

/** What is absent agrees with everything. */
function areSame(one: unknown, other: unknown): boolean {
  return one === undefined || other === undefined || JSON.stringify(one) === JSON.stringify(other);
}

function sorted(list: readonly string[] | null | undefined): readonly string[] | null | undefined {
  return list == null ? list : [...list].sort();
}

/** Older clients send a number with every endpoint. */
export const EndpointVersion = z.int().min(1).nullish().describe('Older clients send it; it changes nothing.');
