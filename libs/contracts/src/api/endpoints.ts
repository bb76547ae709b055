import * as z from 'zod';
import { RETRY_PRESETS, type RetryPreset } from '@signpost/domain';
import { Authentication, AuthenticationOut } from './endpoint-authentication.js';
import { Filters, FilterList } from './endpoint-filters.js';
import { EndpointHeaders } from './endpoint-headers.js';
import { EndpointHealthOut, EndpointWarningOut } from './endpoint-health.js';
import { Secret, SignatureType } from './endpoint-secrets.js';
import { PermissionOut, Tls, TlsOut, Validation } from './endpoint-security.js';
import {
  AskedEventType,
  Channel,
  Instant,
  isUnique,
  Metadata,
  NotifyEmails,
  text,
  ThrottleRate,
  Uid,
  UNIQUE,
} from './names.js';
import {
  EndpointVersion,
  isOneFilter,
  isOneRate,
  ONE_FILTER,
  ONE_RATE,
  RateLimit,
  RateLimitOut,
} from './older-names.js';

const LONGEST_URL = 4_096;
const LONGEST_WAIT_SECONDS = 30 * 86_400;
const MOST_WAITS = 50;

const EventTypes = z.array(AskedEventType).min(1).max(500).refine(isUnique, UNIQUE);
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

const LONGEST_TIMEOUT_MS = 300_000;
const TimeoutMs = z.int().min(10).max(LONGEST_TIMEOUT_MS);
/** Bounded by the operator's own, which this process knows and the schema does not. */
const Timeouts = z
  .object({
    connectMs: TimeoutMs.nullish().describe('Until the connection stands.'),
    firstByteMs: TimeoutMs.nullish().describe('From the request being sent to the first byte of its answer.'),
    totalMs: TimeoutMs.nullish().describe('For all of an attempt.'),
  })
  .describe("The longest that an attempt may take, in milliseconds; what is absent is the installation's.");

const FilterTypes = EventTypes.nullish().describe('Another name of eventTypes, which older clients use.');
const OlderNames = { filterTypes: FilterTypes, rateLimit: RateLimit, version: EndpointVersion };

// Beside the peer's fields: an SDK that does not know them sends and reads on as before.
const Schedule = { retrySchedule: RetrySchedule.nullish(), retryPreset: Preset.nullish() };
// Absent stays as it is, also where every other field is replaced: an SDK that does not know these means no change.
const Security = {
  tls: Tls.nullish(),
  validation: Validation.nullish(),
  authentication: Authentication.nullish(),
  timeouts: Timeouts.nullish(),
};

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
  eventTypes: EventTypes.nullish().describe(
    'Event types to receive, "*" standing for any run of characters; absent: all.',
  ),
  channels: Channels.nullish().describe('Channels to receive; absent: messages of any channel and of none.'),
  filters: Filters.nullish(),
  metadata: Metadata.default({}),
  throttleRate: ThrottleRate.nullish(),
  notifyEmails: NotifyEmails.nullish(),
  ...OlderNames,
  ...Schedule,
  ...Security,
  ...Ordering,
});

export const EndpointIn = Fields.extend({
  secret: Secret.nullish(),
  signatureType: SignatureType.nullish(),
  headers: EndpointHeaders.nullish(),
})
  .refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP)
  .refine(isOneFilter, ONE_FILTER)
  .refine(isOneRate, ONE_RATE);

/**
 * Replaces every field; the secret and the headers stay, and so do tls, validation, authentication and timeouts where
 * they are absent.
 */
export const EndpointUpdate = Fields.refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP)
  .refine(isOneFilter, ONE_FILTER)
  .refine(isOneRate, ONE_RATE);

/** What is absent stays as it is; null clears. The three fields of the order are given together. */
export const EndpointPatch = z
  .object({
    url: Url.optional(),
    uid: Uid.nullable().optional(),
    description: Description.optional(),
    disabled: z.boolean().optional(),
    eventTypes: EventTypes.nullable().optional(),
    channels: Channels.nullable().optional(),
    filters: Filters.nullable().optional(),
    metadata: Metadata.optional(),
    throttleRate: ThrottleRate.nullable().optional(),
    notifyEmails: NotifyEmails.nullable().optional(),
    secret: Secret.nullish().describe('Takes over as by a rotation, with its usual grace; older clients set it here.'),
    ...OlderNames,
    ...Schedule,
    ...Security,
    ...Ordering,
  })
  .refine(isOneSchedule, ONE_SCHEDULE)
  .refine(hasOrdering, HAS_ORDERING)
  .refine(isWholeSkip, WHOLE_SKIP)
  .refine(isOneFilter, ONE_FILTER)
  .refine(isOneRate, ONE_RATE);

const TimeoutsOut = z.object({
  connectMs: TimeoutMs.optional(),
  firstByteMs: TimeoutMs.optional(),
  totalMs: TimeoutMs.optional(),
});

export const EndpointOut = z.object({
  id: z.string(),
  uid: Uid.optional(),
  url: z.string(),
  description: z.string(),
  disabled: z.boolean(),
  disabledReason: z.string().optional().describe('Why Signpost switched it off; absent when its owner did.'),
  eventTypes: z.array(z.string()).nullable(),
  filterTypes: z.array(z.string()).nullable().describe('As eventTypes, for older clients.'),
  channels: z.array(z.string()).nullable(),
  filters: FilterList.optional(),
  metadata: z.record(z.string(), z.string()),
  throttleRate: ThrottleRate.optional(),
  rateLimit: RateLimitOut,
  retrySchedule: RetrySchedule,
  tls: TlsOut.optional(),
  validation: Validation.optional(),
  permission: PermissionOut.optional(),
  authentication: AuthenticationOut.optional(),
  timeouts: TimeoutsOut.optional(),
  notifyEmails: z.array(z.string()).optional(),
  paused: z.boolean().describe('Whether everything waits, without an attempt being spent.'),
  health: EndpointHealthOut,
  warnings: z.array(EndpointWarningOut),
  ordering: OrderingBy.optional(),
  orderingPolicy: OrderingPolicy.optional(),
  orderingSkipAfter: OrderingSkipAfter.optional(),
  version: z.int().describe('Rises with every change.'),
  createdAt: Instant,
  updatedAt: Instant,
});
export type EndpointOut = z.output<typeof EndpointOut>;
