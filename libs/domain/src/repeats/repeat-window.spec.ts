import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { derivedId, newId, type ApplicationId } from '../ids.js';
import { EventIdentities, type Identifiable } from './event-identity.js';
import { RepeatWindow, type RepeatLimits } from './repeat-window.js';

const applicationId = newId('app', 0);
const identities = new EventIdentities();

interface Taken {
  readonly message: Identifiable;
  readonly offset: number;
  readonly timestampMs: number;
}

const named = (eventId: string, eventSource?: string, of: ApplicationId = applicationId): Identifiable => ({
  id: newId('msg', 0),
  applicationId: of,
  eventId,
  ...(eventSource === undefined ? {} : { eventSource }),
});

const takeAll = (window: RepeatWindow, log: readonly Taken[]): readonly boolean[] =>
  log.map(({ message, offset, timestampMs }) => window.take(identities.of(message), offset, timestampMs));

/** The rule, as it is written: nothing but the log before the record. */
function byTheRule(log: readonly Taken[], { windowMs, ids }: RepeatLimits): readonly boolean[] {
  const clocks: number[] = [];
  for (const { timestampMs } of log) clocks.push(Math.max(clocks.at(-1) ?? 0, Math.floor(timestampMs / 1_000)));
  return log.map(({ message, offset }, index) =>
    log.slice(0, index).some((before, place) => {
      const isNear = offset - before.offset < ids && (clocks[index] ?? 0) - (clocks[place] ?? 0) <= windowMs / 1_000;
      const [a, b] = [message.eventSource, before.message.eventSource];
      return isNear && message.eventId === before.message.eventId && (a === b || a === undefined || b === undefined);
    }),
  );
}

const aLog = fc
  .array(
    fc.record({
      eventId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      eventSource: fc.option(fc.constantFrom('/s', '/t'), { nil: undefined }),
      gap: fc.integer({ min: 1, max: 3 }),
      afterMs: fc.integer({ min: -3_000, max: 4_000 }),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let [offset, timestampMs] = [4_294_967_290, 1_790_000_000_000];
    return steps.map(({ eventId, eventSource, gap, afterMs }): Taken => {
      offset += gap;
      timestampMs += afterMs;
      return { message: named(eventId, eventSource), offset, timestampMs };
    });
  });
const someLimits = fc.record({
  windowMs: fc.integer({ min: 1, max: 15 }).map((s) => s * 1_000),
  ids: fc.integer({ min: 1, max: 40 }),
});

describe('RepeatWindow', () => {
  it('calls a repeat exactly what the rule does', () => {
    fc.assert(
      fc.property(aLog, someLimits, (log, limits) => {
        expect(takeAll(new RepeatWindow(limits), log)).toEqual(byTheRule(log, limits));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never calls a repeat what an owner who had read from further back let through', () => {
    fc.assert(
      fc.property(aLog, someLimits, fc.nat(60), (log, limits, from) => {
        const whole = takeAll(new RepeatWindow(limits), log).slice(from);
        const later = takeAll(new RepeatWindow(limits), log.slice(from));
        for (const [index, isRepeat] of later.entries()) if (isRepeat) expect(whole[index]).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('remembers as many as it may, through every growth, and no more', () => {
    const ids = 20_000;
    const window = new RepeatWindow({ windowMs: 3_600_000, ids });
    const message = (index: number): Identifiable => named(`event ${String(index)}`);
    const at = (offset: number): number => 1_790_000_000_000 + offset;
    const repeats = (from: number, to: number, event: (offset: number) => number): number => {
      let count = 0;
      for (let offset = from; offset < to; offset += 1)
        if (window.take(identities.of(message(event(offset))), offset, at(offset))) count += 1;
      return count;
    };
    expect(repeats(0, ids, (offset) => offset)).toBe(0);
    expect(window.size).toBe(ids);
    const { bytes } = window;
    // Each is still known: the one that is taken in again is the oldest of them.
    expect(repeats(ids, 2 * ids - 1, (offset) => offset - ids + 1)).toBe(ids - 1);
    expect(repeats(2 * ids - 1, 4 * ids, (offset) => offset)).toBe(0);
    expect(window.bytes).toBe(bytes);
    expect(bytes).toBe(32_768 * 44);
  });

  it('goes on beside one event that comes again and again', () => {
    const window = new RepeatWindow({ windowMs: 3_600_000, ids: 100_000 });
    let repeats = 0;
    for (let offset = 0; offset < 50_000; offset += 1)
      if (window.take(identities.of(named('same')), offset, 1_790_000_000_000)) repeats += 1;
    expect(repeats).toBe(49_999);
    expect(window.size).toBeLessThan(5_000);
  });

  it('bounds what one id from very many sources costs', () => {
    const window = new RepeatWindow({ windowMs: 3_600_000, ids: 100_000 });
    let repeats = 0;
    for (let offset = 0; offset < 5_000; offset += 1) {
      const of = named('same', `/source/${String(offset)}`);
      if (window.take(identities.of(of), offset, 1_790_000_000_000)) repeats += 1;
    }
    expect(repeats).toBe(0);
  });
});

describe('EventIdentities', () => {
  const of = (message: Identifiable): string => identities.of(message).join();

  it('tells applications apart, and ids from their parts', () => {
    const other = newId('app', 0);
    const all = [
      named('a'),
      named('b'),
      named('a', undefined, other),
      named('a', '/s'),
      { id: newId('msg', 0), applicationId },
    ];
    expect(new Set(all.map(of)).size).toBe(all.length);
  });

  it('names a message without an event id by what its id is derived from, whenever that was', () => {
    const [now, later] = [1, 90_000].map((atMs) => derivedId('msg', atMs, 'key', 'k', '0'));
    const [other] = [derivedId('msg', 1, 'key', 'k', '1')];
    const name = (id = now): string => of({ id: id ?? newId('msg', 0), applicationId });
    expect(name(later)).toBe(name(now));
    expect(name(other)).not.toBe(name(now));
  });
});
