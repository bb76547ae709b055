import * as z from 'zod';
import { RETRY_PRESETS, type RetryPreset } from '@signpost/domain';
import { PermissionOut, Tls, TlsOut, Validation } from './endpoint-security.js';
import {
  Channel,
  EventTypeName,
  Instant,
  isUnique,
  Metadata,
  NotifyEmails,
  text,
  ThrottleRate,
  Uid,
  UNIQUE,
} from './names.js';

const LONGEST_URL = 4_096;
const LONGEST_WAIT_SECONDS = 30 * 86_400;
const MOST_WAITS = 50;

const EventTypes = z.array(EventTypeName).min(1).max(500).refine(isUnique, UNIQUE);
const Channels = z.array(Channel).min(1).max(10).refine(isUnique, UNIQUE);
const Url = text(LONGEST_URL).min(1).describe('An https URL of a public host.');
const Description = text(4_096);

const RetrySchedule = z
  .array(z.number().min(1).max(LONGEST_WAIT_SECONDS))
  .max(MOST_WAITS)
  .describe('Seconds to wait after the first failed attempt, the second, and so on; after the last, dead letter.');
const Preset = z
  .enum(Object.keys(RETRY_PRESETS) as [RetryPreset, ...RetryPreset[]])
  .describe('A ready retry schedule.');

// Beside the peer's fields: an SDK that does not know them sends and reads on as before.
const Schedule = { retrySchedule: RetrySchedule.nullish(), retryPreset: Preset.nullish() };
// Absent stays as it is, also where every other field is replaced: an SDK that does not know these means no change.
const Security = { tls: Tls.nullish(), validation: Validation.nullish() };
const isOneSchedule = (value: { readonly retrySchedule?: unknown; readonly retryPreset?: unknown }): boolean =>
  (value.retrySchedule ?? undefined) === undefined || (value.retryPreset ?? undefined) === undefined;
const ONE_SCHEDULE = { path: ['retryPreset'], error: 'give a retrySchedule or a retryPreset, not both' };

const MOST_ATTEMPTS = MOST_WAITS + 1;
const OrderingBy = z
  .enum(['conversation'])
  .describe("One conversation's deliveries go out one after another, in order; absent: side by side.");
const OrderingPolicy = z
  .enum(['block', 'skip', 'park'])
  .describe(
    'What becomes of a conversation whose first delivery fails: it waits until that has its fate (block, the default), ' +
      'goes on after orderingSkipAfter attempts (skip), or is set aside with a dead letter until the endpoint is changed (park).',
  );
const OrderingSkipAfter = z.int().min(1).max(MOST_ATTEMPTS).describe('Failed attempts; for the policy skip.');
const Ordering = {
  ordering: OrderingBy.nullish(),
  orderingPolicy: OrderingPolicy.nullish(),
  orderingSkipAfter: OrderingSkipAfter.nullish(),
};

interface AskedOrdering {
  readonly ordering?: unknown;
  readonly orderingPolicy?: unknown;
  readonly orderingSkipAfter?: unknown;
}
const hasOrdering = ({ ordering, orderingPolicy, orderingSkipAfter }: AskedOrdering): boolean =>
  ordering != null || (orderingPolicy == null && orderingSkipAfter == null);
const HAS_ORDERING = {
  path: ['ordering'],
  error: "orderingPolicy and orderingSkipAfter need ordering: 'conversation'",
};
const isWholeSkip = ({ orderingPolicy, orderingSkipAfter }: AskedOrdering): boolean =>
  (orderingPolicy === 'skip') === (orderingSkipAfter != null);
const WHOLE_SKIP = { path: ['orderingSkipAfter'], error: 'goes with the policy skip, and only with it' };

const Fields = z.object({
  url: Url,
  uid: Uid.nullish(),
  description: Description.default(''),
  disabled: z.boolean().default(false),
  eventTypes: EventTypes.nullish().describe('Event types to receive; absent: all.'),
  channels: Channels.nullish().describe('Channels to receive; absent: messages of any channel and of none.'),
  metadata: Metadata.default({}),
  throttleRate: ThrottleRate.nullish(),
  notifyEmails: NotifyEmails.nullish(),
  ...Schedule,
  ...Security,
  ...Ordering,
});

const Secret = z
  .string()
  .regex(/^(whsec_)?[a-zA-Z0-9+/=]{32,100}$/, {
    error: 'is base64 of 24 to 64 random bytes, with or without whsec_ before it',
  })
  .describe('The key that signs; absent: one is made.');

export const EndpointIn = Fields.extend({ secret: Secret.nullish() })
  .refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP);

/** Replaces every field; the secret stays, and so do tls and validation where they are absent. */
export const EndpointUpdate = Fields.refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP);

/** What is absent stays as it is; null clears. The three fields of the order are given together. */
export const EndpointPatch = z
  .object({
    url: Url.optional(),
    uid: Uid.nullable().optional(),
    description: Description.optional(),
    disabled: z.boolean().optional(),
    eventTypes: EventTypes.nullable().optional(),
    channels: Channels.nullable().optional(),
    metadata: Metadata.optional(),
    throttleRate: ThrottleRate.nullable().optional(),
    notifyEmails: NotifyEmails.nullable().optional(),
    ...Schedule,
    ...Security,
    ...Ordering,
  })
  .refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP);

const EndpointHealthOut = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('healthy') }),
    z.object({
      state: z.literal('failing'),
      since: Instant.describe('Nothing but failures since.'),
      warnedPercent: z
        .int()
        .describe('The last warning: how much of the time until it is disabled had passed; 0: none.'),
      disablesAt: Instant.describe('When it will be disabled if it goes on failing.'),
    }),
    z.object({
      state: z.literal('disabled'),
      reason: z.string().describe('owner, gone (it answered 410) or failing.'),
      since: Instant.optional().describe('When Signpost disabled it.'),
    }),
  ])
  .describe('How the endpoint does as a whole.');

export const EndpointOut = z.object({
  id: z.string(),
  uid: Uid.optional(),
  url: z.string(),
  description: z.string(),
  disabled: z.boolean(),
  disabledReason: z.string().optional().describe('Why Signpost switched it off; absent when its owner did.'),
  eventTypes: z.array(z.string()).nullable(),
  channels: z.array(z.string()).nullable(),
  metadata: z.record(z.string(), z.string()),
  throttleRate: ThrottleRate.optional(),
  retrySchedule: RetrySchedule,
  tls: TlsOut.optional(),
  validation: Validation.optional(),
  permission: PermissionOut.optional(),
  notifyEmails: z.array(z.string()).optional(),
  health: EndpointHealthOut,
  ordering: OrderingBy.optional(),
  orderingPolicy: OrderingPolicy.optional(),
  orderingSkipAfter: OrderingSkipAfter.optional(),
  version: z.int().describe('Rises with every change.'),
  createdAt: Instant,
  updatedAt: Instant,
});
export type EndpointOut = z.output<typeof EndpointOut>;

export const EndpointSecretOut = z.object({ key: z.string() });
