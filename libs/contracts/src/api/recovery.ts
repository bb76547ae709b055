import * as z from 'zod';
import { DEAD_LETTER_REASONS, REASON_CLASSES, RECOVERY_STATUSES } from '@signpost/domain';
import { ActorOut } from './access.js';
import { ListQuery } from './lists.js';
import { EventTypeName, IdOrUid, Instant, isUnique, text, TimeIn, UNIQUE } from './names.js';
import { KafkaTopic, RejectionCode } from './rejected.js';

const MOST_IDS = 1_000;
const MOST_TYPES = 100;
const MOST_PER_SECOND = 100_000;
const MOST_AT_ONCE = 10_000;

const Kind = z
  .enum(['redrive', 'replay', 'backfill', 'rejected'])
  .describe(
    'redrive: dead letters again; replay: deliveries that have ended, again; ' +
      "backfill: an application's messages to an endpoint that came after them; " +
      'rejected: what intake refused of the platform’s topics, to intake again, as it was corrected.',
  );
export const RECORD_RESULT_NAMES = ['handed-over', 'retrying', 'delivered', 'failed', 'left-out', 'withdrawn'] as const;
const Result = z
  .enum(RECORD_RESULT_NAMES)
  .describe(
    'handed-over: not attempted yet; retrying: failed, and waiting for its next attempt; failed: given up again; ' +
      'left-out: see why; withdrawn: its recovery ended before its turn.',
  );

const some = <S extends z.ZodType>(item: S, most: number) => z.array(item).min(1).max(most).refine(isUnique, UNIQUE);
const idsOf = (prefix: 'msg' | 'dlv' | 'rej') =>
  some(
    z.string().regex(new RegExp(`^${prefix}_[0-9A-Za-z]{27}$`), { error: `is no id of the form ${prefix}_…` }),
    MOST_IDS,
  );

/** Strict: a name that is mistyped would select more than was meant. */
const Selection = z
  .strictObject({
    appId: IdOrUid.nullish(),
    endpointId: IdOrUid.nullish().describe('An id; or a uid, if the application is named too.'),
    eventTypes: some(EventTypeName, MOST_TYPES).nullish(),
    reasons: some(z.enum(DEAD_LETTER_REASONS), DEAD_LETTER_REASONS.length).nullish().describe('Of dead letters.'),
    reasonClass: z.enum(REASON_CLASSES).nullish().describe('Of dead letters: whose fault it was.'),
    statuses: some(z.int().min(100).max(599), MOST_TYPES).nullish().describe('HTTP statuses of the last attempt.'),
    states: some(z.enum(['delivered', 'dead-lettered', 'expired', 'superseded', 'declined']), 5)
      .nullish()
      .describe('Of a replay; delivered, unless it is given.'),
    since: TimeIn.nullish().describe('Messages accepted from then on.'),
    until: TimeIn.nullish().describe('Messages accepted before then; now, unless it is given.'),
    deadSince: TimeIn.nullish().describe('Dead letters from then on, as their list has it.'),
    deadUntil: TimeIn.nullish().describe('Dead letters before then.'),
    msgIds: idsOf('msg').nullish(),
    deliveryIds: idsOf('dlv').nullish(),
    codes: some(RejectionCode, MOST_TYPES).nullish().describe('Of rejected records: why they were refused.'),
    topics: some(KafkaTopic, MOST_TYPES).nullish().describe('Of rejected records: the topics that they came from.'),
    rejectedIds: idsOf('rej').nullish(),
    everything: z
      .boolean()
      .nullish()
      .describe('Has to be true where nothing else narrows it: everything of the organisation is meant.'),
  })
  .describe('Every part narrows it further. What it does not know it refuses.');

export const RecoveryIn = z
  .strictObject({
    kind: Kind,
    select: Selection.default({}),
    to: z
      .strictObject({ url: text(4_096).min(1).describe('An https URL of a public host.') })
      .nullish()
      .describe(
        "A trial: the payloads go there, signed with the endpoint's secrets and without its own headers, once each. " +
          'The deliveries, their endpoint and its health know nothing of it.',
      ),
    toEndpointId: IdOrUid.nullish().describe('Of a backfill: the endpoint that they go to.'),
    why: text(1_000).min(1).nullish().describe('For whoever reads the audit log. Needed unless it is a dry run.'),
    perSecond: z.int().min(1).max(MOST_PER_SECOND).nullish().describe('The most that are handed over a second.'),
    concurrency: z
      .int()
      .min(1)
      .max(MOST_AT_ONCE)
      .nullish()
      .describe('The most that are handed over and not attempted yet; of a trial, requests at once.'),
    onlyWhileHealthy: z
      .boolean()
      .nullish()
      .describe(
        'Waits while the endpoint is disabled, paused or throttled, or its breaker is open; one at a time while it fails.',
      ),
    dryRun: z.boolean().nullish().describe('Counts and shows what it would do, and does nothing.'),
  })
  .refine(({ why, dryRun }) => dryRun === true || why != null, {
    path: ['why'],
    error: 'is missing: say why, for whoever reads the audit log; a dry run needs none',
  });

const Count = z.int().min(0);
const Skipped = z
  .object({
    withoutPayload: Count.describe('The payload has expired or was expunged.'),
    underWay: Count.describe('Another run of the delivery has not ended.'),
    tooOften: Count.describe('Sent again as often as one delivery may be.'),
    alreadyOwed: Count.describe('Of a backfill: the endpoint was owed it already.'),
  })
  .describe('Left out, by why.');

const SelectionOut = z.object({
  appId: z.string().optional(),
  endpointId: z.string().optional(),
  eventTypes: z.array(z.string()).optional(),
  reasons: z.array(z.string()).optional(),
  reasonClass: z.string().optional(),
  statuses: z.array(z.int()).optional(),
  states: z.array(z.string()).optional(),
  since: Instant.optional(),
  until: Instant,
  deadSince: Instant.optional(),
  deadUntil: Instant.optional(),
  msgIds: z.array(z.string()).optional(),
  deliveryIds: z.array(z.string()).optional(),
  codes: z.array(z.string()).optional(),
  topics: z.array(z.string()).optional(),
  rejectedIds: z.array(z.string()).optional(),
});

export const RecoveryOut = z.object({
  id: z.string(),
  kind: Kind,
  select: SelectionOut,
  to: z.object({ url: z.string() }).optional(),
  toEndpointId: z.string().optional(),
  why: z.string().nullable(),
  by: ActorOut,
  status: z.enum(RECOVERY_STATUSES),
  reason: z.enum(['endpoint-deleted']).optional().describe('Why it failed.'),
  waiting: z
    .object({ endpointId: z.string(), why: z.string().describe("The endpoint's health.") })
    .optional()
    .describe('What it waits for while it runs.'),
  total: Count.nullable().describe(
    'Records when it began; null until they are counted. What had ceased to fit when its turn came, since it had arrived or ' +
      'been asked for again by another, is in no other count; so is, of a backfill, what the endpoint filters out by content.',
  ),
  done: Count.describe('Handed over.'),
  delivered: Count.describe('Of these, delivered so far.'),
  failedAgain: Count.describe('Of these, given up again so far.'),
  skipped: Skipped,
  perSecond: z.number().describe('How many were handed over a second, on average.'),
  limits: z.object({
    perSecond: z.int(),
    concurrency: z.int().nullable(),
    onlyWhileHealthy: z.boolean(),
  }),
  estimatedEndAt: Instant.nullable().describe('When the last will be handed over, at the speed so far.'),
  createdAt: Instant,
  updatedAt: Instant,
});
export type RecoveryOut = z.output<typeof RecoveryOut>;

export const RecoveryPreviewOut = z.object({
  count: Count.nullable().describe('Records that it would look at; null: counting took too long.'),
  histogram: z
    .array(
      z.object({
        endpointId: z.string().optional(),
        topic: z.string().optional().describe('Of rejected records.'),
        reason: z.string(),
        count: Count,
      }),
    )
    .describe(
      'By endpoint and reason (of a replay the state, where there is no reason; of rejected records by topic and code), the largest first.',
    ),
  samples: z
    .array(
      z.object({
        deliveryId: z.string(),
        msgId: z.string(),
        endpointId: z.string(),
        eventType: z.string(),
        state: z.string().nullable(),
        reason: z.string().nullable(),
        attempts: Count,
      }),
    )
    .describe('The first that it would take.'),
  notes: z
    .array(
      z.object({
        code: z.enum(['nothing', 'everything', 'overlaps', 'uncounted', 'endpoint-unwell', 'filters-apart']),
        text: z.string(),
        recoveryIds: z.array(z.string()).optional(),
      }),
    )
    .describe('What to know before it is done in earnest.'),
});
export type RecoveryPreviewOut = z.output<typeof RecoveryPreviewOut>;

export const RecoveryListQuery = ListQuery.extend({
  order: z.enum(['ascending', 'descending']).default('descending'),
  status: z.enum(RECOVERY_STATUSES).optional(),
});

export const RecoveryRecordListQuery = ListQuery.extend({
  iterator: z
    .string()
    .regex(/^-?\d{1,15}$/, { error: 'is no iterator of this list: use one from the page before' })
    .optional(),
  result: Result.optional(),
});

export const RecoveryRecordOut = z.object({
  sequence: z.int().describe('Its place in the recovery, from 1.'),
  deliveryId: z.string(),
  msgId: z.string(),
  endpointId: z.string(),
  result: Result,
  why: z.string().nullable().describe('Why it was left out, or how it ended or failed.'),
  responseStatusCode: z.int().nullable().describe("Of a trial: the answer's."),
  redelivery: z.int().nullable().describe("Which of the delivery's redeliveries it is, from 1."),
  at: Instant.nullable(),
});
export type RecoveryRecordOut = z.output<typeof RecoveryRecordOut>;
