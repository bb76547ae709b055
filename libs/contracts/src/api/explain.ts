import { ENDPOINT_VERDICTS, NEXT_STEPS, STAGES } from '@signpost/domain';
import * as z from 'zod';
import { Iterator, Limit } from './lists.js';
import { IdOrUid, Instant } from './names.js';

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const ANY_ID_PATTERN = /^[^\u0000-\u001f\u007f-\u009f]{1,300}$/u;

/** Whatever somebody has of a message: topic names and event ids are of many forms. */
export const AnyId = z.string().regex(ANY_ID_PATTERN, {
  error: 'has 1 to 300 characters, none of them a control character',
});

export const ExplainQuery = z.object({
  appId: IdOrUid.optional().describe('The application of the message: an event id may be known in several.'),
  endpointId: IdOrUid.optional().describe('About this endpoint alone, deleted or not.'),
  limit: Limit,
  iterator: Iterator,
});

const RULES = [
  // An endpoint that the message was matched to.
  'delivered',
  'dead',
  'expired',
  'superseded',
  'declined',
  'cancelled',
  'on-its-way',
  'waiting',
  'breaker-open',
  'throttled',
  'disabled',
  'paused',
  'no-permission',
  'lane-full',
  'behind-head',
  'parked',
  // One that it was not.
  'event-type',
  'channel',
  'filter',
  'only-endpoint',
  'repeat',
  'created-later',
  'deleted',
  'changed-since',
  'unknown',
  // Not matched yet.
  'undecided',
] as const;

const Rule = z
  .object({
    kind: z.enum(RULES),
    text: z.string().describe('For people.'),
    clause: z
      .string()
      .optional()
      .describe(
        'What of the rule decided: the event types or channels that it asked for, the part of its filters (json data.score $gte 4: is 2), the reason of a dead letter, who disabled it.',
      ),
  })
  .describe('What decided.');

const Stage = z.object({
  name: z.enum(STAGES),
  at: Instant,
  ms: z
    .number()
    .optional()
    .describe(
      'How long it lasted, in milliseconds: an attempt itself, all else until the next stage; absent for the last.',
    ),
  attempt: z.int().optional().describe('Which attempt.'),
  reason: z.string().optional().describe('Why it was parked, why the attempt failed, what it is a dead letter for.'),
});

const ExplainedAttempt = z.object({
  id: z.string(),
  attempt: z.int().describe('Counted from 1 within its delivery.'),
  timestamp: Instant,
  outcome: z.enum(['delivered', 'failed']),
  reason: z.string().optional().describe('Why it failed: "http:503", "timeout:connect", …'),
  status: z.int().optional().describe('Of the answer, if there was one.'),
  trigger: z.enum(['scheduled', 'manual']),
  repeated: z.boolean().describe('A second request of the same number, after a crash.'),
  url: z.string(),
  timing: z.object({
    lookupMs: z.number().optional(),
    connectMs: z.number().optional(),
    tlsMs: z.number().optional(),
    firstByteMs: z.number().optional(),
    lostMs: z.number().optional(),
    totalMs: z.number(),
  }),
  nextAttempt: Instant.optional(),
  transformationVersion: z
    .int()
    .optional()
    .describe("The version of the endpoint's transformation that made the request, or failed to."),
});

const NextStep = z
  .object({
    what: z.enum(NEXT_STEPS).describe('"nothing": it has ended; "why" says what can be done.'),
    at: Instant.optional().describe('When; absent where it depends on something other than time.'),
    why: z.string(),
  })
  .describe('What happens next.');

export const ExplainedEndpointOut = z.object({
  endpointId: z.string(),
  uid: z.string().optional(),
  url: z.string().optional().describe('As it is now; absent where nothing is kept of the endpoint.'),
  deliveryId: z.string().optional().describe('Of an endpoint that the message was matched to, or sent to again.'),
  verdict: z.enum(ENDPOINT_VERDICTS),
  rule: Rule,
  changedAt: Instant.optional().describe(
    'The endpoint was changed then, after the message was matched: what is shown of it may differ from what was.',
  ),
  stages: z.array(Stage).describe('In the order of time; of very many the newest.'),
  attempts: z.array(ExplainedAttempt).describe('Oldest first; of very many the newest.'),
  attemptCount: z.int(),
  redeliveries: z.int().describe('How often it was asked for again.'),
  next: NextStep,
});
export type ExplainedEndpointOut = z.output<typeof ExplainedEndpointOut>;

export const ExplainOut = z.object({
  asked: z.object({
    id: z.string(),
    as: z.enum(['message', 'delivery', 'attempt', 'event', 'source']).describe('What the id was found to be.'),
  }),
  message: z.object({
    id: z.string().describe('Also the webhook-id of every request that carries it.'),
    appId: z.string(),
    eventType: z.string(),
    eventId: z.string().optional(),
    conversationId: z.string().optional(),
    channels: z.array(z.string()).optional(),
    acceptedAt: Instant,
    matchedAt: Instant.nullable().describe('null: not matched yet, as far as the delivery log knows.'),
    source: z
      .object({ topic: z.string(), partition: z.int(), offset: z.int() })
      .optional()
      .describe("Where the event lies in the platform's own topic; absent for what came by HTTP."),
    hasPayload: z.boolean().describe('False once it has expired or was expunged: then it cannot be sent again.'),
  }),
  summary: z.string().describe('One sentence.'),
  counts: z.object({
    considered: z.int().describe('Endpoints of the application at the time, and what the message was sent to since.'),
    matched: z.int(),
    notMatched: z.int(),
  }),
  endpoints: z
    .array(ExplainedEndpointOut)
    .describe('First the one that the id is about, then those that the message was matched to, then the others.'),
  iterator: z.string().nullable().describe('For the next page.'),
  done: z.boolean().describe('Whether there is nothing beyond this page.'),
  notes: z.array(z.string()).describe('What to keep in mind while reading this.'),
});
export type ExplainOut = z.output<typeof ExplainOut>;
