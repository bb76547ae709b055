import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { AttemptFilter, LogPage, LogRows, MessageFilter } from '@signpost/ports';
import fc from 'fast-check';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const TYPES = ['a.one', 'a.two', 'b.three'];
const CHANNELS = ['red', 'green'];

export interface Made {
  readonly message: MessageRecord & { readonly tags?: readonly string[] };
  readonly attempts: readonly AttemptFact[];
}

export function aCase(app: ApplicationId, endpoints: readonly EndpointId[], startMs: number, at: number): Made {
  const acceptedAtMs = startMs + Math.floor((at * 38 * DAY) / 150) + HOUR;
  const channels = [['red'], ['red', 'green'], undefined][at % 3];
  const tags = at % 5 === 0 ? ['vip'] : undefined;
  const message = {
    id: newId('msg', acceptedAtMs),
    applicationId: app,
    eventType: TYPES[at % TYPES.length] ?? '',
    acceptedAtMs,
    payload: Buffer.from('{}'),
    ...(at % 2 === 0 ? { eventId: `order-${String(at)}` } : {}),
    ...(channels === undefined ? {} : { channels }),
    ...(tags === undefined ? {} : { tags }),
  };
  const facts = endpoints.flatMap((endpointId, which) => {
    if ((at + which) % 4 === 3) return [];
    const failed = (at + which) % 3 === 0;
    const status = [503, 404, undefined, 301, 199, 600][at % 6];
    const common = { eventType: message.eventType, ...(channels && { channels }), ...(tags && { tags }) };
    const first = anAttempt(app, endpointId, message.id, acceptedAtMs + 10, {
      ...common,
      ...(failed ? { outcome: 'failed', ...(status === undefined ? {} : { status }) } : { status: 204 }),
      ...(failed && at % 4 === 0 ? { fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' } : {}),
    });
    const second = anAttempt(app, endpointId, message.id, acceptedAtMs + 2 * DAY, {
      ...common,
      attempt: 2,
      status: 200,
    });
    return failed && at % 4 === 1 ? [first, second] : [first];
  });
  return { message, attempts: facts };
}

export function anAttempt(
  applicationId: ApplicationId,
  endpointId: EndpointId,
  messageId: MessageRecord['id'],
  atMs: number,
  given: Partial<AttemptFact>,
): AttemptFact {
  return {
    kind: 'attempt',
    deliveryId: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    eventType: 'a.one',
    attemptId: newId('atmpt', atMs),
    attempt: 1,
    url: 'https://example.com/',
    outcome: 'delivered',
    timing: { totalMs: 1 },
    trigger: 'scheduled',
    ...(given.outcome === 'failed' ? {} : { fate: 'delivered' }),
    ...given,
    atMs,
  };
}

export function statusAfter({ fate }: AttemptFact): 'success' | 'pending' | 'fail' {
  return fate === 'delivered' ? 'success' : fate === undefined ? 'pending' : 'fail';
}

export function fits(message: Made['message'], { eventTypes, channel, tag }: MessageFilter): boolean {
  return (
    (eventTypes === undefined || eventTypes.includes(message.eventType)) &&
    (channel === undefined || message.channels?.includes(channel) === true) &&
    (tag === undefined || message.tags?.includes(tag) === true)
  );
}

export function fitsAttempt(fact: AttemptFact, message: Made['message'], filter: AttemptFilter): boolean {
  return (
    fits(message, filter) &&
    (filter.outcome === undefined || filter.outcome === fact.outcome) &&
    (filter.statusClass === undefined || filter.statusClass === Math.trunc((fact.status ?? 0) / 100))
  );
}

export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
const messageFields = {
  eventTypes: maybe(fc.subarray([...TYPES, 'absent'], { minLength: 1 })),
  channel: maybe(fc.constantFrom(...CHANNELS, 'absent')),
  tag: maybe(fc.constantFrom('vip', 'absent')),
};
export const messageFilter = fc.record(messageFields).map(defined);
export const attemptFilter = fc
  .record({
    ...messageFields,
    outcome: maybe(fc.constantFrom('delivered' as const, 'failed' as const)),
    statusClass: maybe(fc.integer({ min: 0, max: 5 })),
  })
  .map(defined);
const time = fc.integer({ min: 0, max: 41 }).map((days) => new Date(Date.now() - days * DAY));
export const page = fc.record({
  limit: fc.integer({ min: 1, max: 60 }),
  order: fc.constantFrom('ascending' as const, 'descending' as const),
  before: maybe(time),
  after: maybe(time),
});

/** What the page's times and order make of ids in ascending order of their time. */
export function within(ids: readonly string[], asked: LogPage, prefix: 'atmpt' | 'msg'): readonly string[] {
  const sorted = ids
    .filter((id) => asked.before === undefined || id < newest(prefix, asked.before.getTime()))
    .filter((id) => asked.after === undefined || id >= newest(prefix, asked.after.getTime() + 1))
    .toSorted();
  return asked.order === 'ascending' ? sorted : sorted.toReversed();
}

const newest = (prefix: 'atmpt' | 'msg', atMs: number): string =>
  newId(prefix, atMs).slice(0, prefix.length + 9) + '0'.repeat(19);

export async function all<T>(
  read: (page: LogPage) => Promise<LogRows<T>>,
  asked: LogPage,
  idOf: (row: T) => string,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let beyond: string | undefined;
  for (;;) {
    const { rows, stoppedAt } = await read({ ...asked, beyond });
    ids.push(...rows.map(idOf));
    beyond = rows.length < asked.limit ? stoppedAt : ids.at(-1);
    if (beyond === undefined) return ids;
  }
}
