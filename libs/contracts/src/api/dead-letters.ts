import * as z from 'zod';
import { DEAD_LETTER_REASONS, REASON_CLASSES } from '@signpost/domain';
import { Iterator, Limit, Order, Time } from './lists.js';
import { EventTypeName, IdOrUid, Instant } from './names.js';

const Reason = z.enum(DEAD_LETTER_REASONS);
const ReasonClass = z
  .enum(REASON_CLASSES)
  .describe("Who has to look first: the endpoint's owner (customer), or whoever runs Signpost (platform).");

/** What dead letters are found by, all of it together. */
const DeadLetterFilter = z.object({
  appId: IdOrUid.optional().describe('Of this application; its id or uid.'),
  endpointId: IdOrUid.optional().describe('Of this endpoint; its id, or with appId its uid.'),
  eventType: EventTypeName.optional(),
  reason: Reason.optional(),
  reasonClass: ReasonClass.optional(),
  status: z.coerce.number().int().min(100).max(999).optional().describe('HTTP status of the last failure.'),
  since: Time.describe('Dead from then on.'),
  until: Time.describe('Dead before then.'),
  msgId: IdOrUid.optional().describe('Of the message with this id.'),
  state: z
    .enum(['dead', 'redriven', 'all'])
    .default('dead')
    .describe('dead: nothing came after it; redriven: its delivery was asked for again, or has arrived all the same.'),
});

export const DeadLetterListQuery = DeadLetterFilter.extend({
  limit: Limit,
  iterator: Iterator,
  order: Order.default('descending'),
});

export const DEAD_LETTER_BUCKETS = ['minute', 'hour', 'day'] as const;

export const DeadLetterHistogramQuery = DeadLetterFilter.extend({
  bucket: z
    .enum(DEAD_LETTER_BUCKETS)
    .default('hour')
    .describe('How wide a bucket is, in UTC. By the minute a day at most can be asked for, otherwise 31 days.'),
});

export const DeadLetterOut = z.object({
  id: z.string().describe('Of its delivery.'),
  msgId: z.string(),
  appId: z.string(),
  endpointId: z.string(),
  eventType: z.string(),
  reason: Reason,
  reasonClass: ReasonClass,
  lastFailure: z
    .string()
    .nullable()
    .describe('As attempts name it: http:503, timeout:connect, …; parked:<why> for what was never sent.'),
  lastStatus: z.int().nullable().describe('HTTP status of the last failure; null when there was no answer.'),
  attempts: z.int().describe('Made in all, those of earlier runs included.'),
  firstFailureAt: Instant.nullable().describe('Of this run; null for what never failed, and in older letters.'),
  lastFailureAt: Instant.nullable(),
  deadAt: Instant,
  origin: z
    .object({ topic: z.string(), partition: z.int(), offset: z.int() })
    .describe('The record that died, by the names that Kafka knows.'),
  position: z
    .object({ partition: z.int(), offset: z.int() })
    .describe('Where it lies in the topic of dead letters, payload and all.'),
  redrives: z.int().describe('How often the delivery had been asked for again before.'),
  state: z.enum(['dead', 'redriven']),
});
export type DeadLetterOut = z.output<typeof DeadLetterOut>;

const Count = z.object({ reason: Reason, reasonClass: ReasonClass, count: z.int() });

export const DeadLetterHistogramOut = z.object({
  bucket: z.enum(DEAD_LETTER_BUCKETS),
  since: Instant,
  until: Instant,
  buckets: z
    .array(Count.extend({ at: Instant.describe('Where the bucket begins.'), endpointId: z.string() }))
    .describe(
      'How many of one reason an endpoint got within one bucket; the 2,000 highest counts, in the order of time.',
    ),
  done: z.boolean().describe('Whether these are all; if not, ask for less of the time, or for one endpoint.'),
  totals: z
    .object({
      count: z.int(),
      endpoints: z.int(),
      customer: z.int(),
      platform: z.int(),
      byReason: z.array(Count),
    })
    .describe('Of the whole time, whatever is shown of it.'),
});
export type DeadLetterHistogramOut = z.output<typeof DeadLetterHistogramOut>;
