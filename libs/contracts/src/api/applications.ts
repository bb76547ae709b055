import * as z from 'zod';
import { EventTypeName, Instant, Metadata, NotifyEmails, text, ThrottleRate, Uid } from './names.js';
import { EVERY_EVENT_TYPE } from '@signpost/domain';
import { ValidationModeName } from './event-types.js';
import { isOneRate, ONE_RATE, RateLimit, RateLimitOut } from './older-names.js';

const Name = text(1_024).min(1);
const Weight = z
  .int()
  .min(1)
  .max(100)
  .describe('Turns in a row that its deliveries get when others wait as well; others have 1.');

const IntakeQuota = z
  .int()
  .min(1)
  .max(1_000_000)
  .describe(
    'Messages a second, over all ways in. What comes above is accepted and goes a slower way, so that it keeps no other application waiting.',
  );

const MOST_VALIDATIONS = 500;
const Validation = z
  .record(z.union([EventTypeName, z.literal(EVERY_EVENT_TYPE)]), ValidationModeName)
  .refine((modes) => Object.keys(modes).length <= MOST_VALIDATIONS, {
    error: `has more than ${String(MOST_VALIDATIONS)} entries`,
  })
  .describe('By event type, * for all others: whether its payloads are checked, over what the event type itself says.');

export const ApplicationIn = z
  .object({
    name: Name,
    uid: Uid.nullish(),
    metadata: Metadata.default({}),
    throttleRate: ThrottleRate.nullish(),
    rateLimit: RateLimit,
    weight: Weight.nullish(),
    intakeQuota: IntakeQuota.nullish(),
    notifyEmails: NotifyEmails.nullish(),
    validation: Validation.nullish(),
  })
  .refine(isOneRate, ONE_RATE);

/** What is absent stays as it is; null clears. */
export const ApplicationPatch = z
  .object({
    name: Name.optional(),
    uid: Uid.nullable().optional(),
    metadata: Metadata.optional(),
    throttleRate: ThrottleRate.nullable().optional(),
    rateLimit: RateLimit,
    weight: Weight.nullable().optional(),
    intakeQuota: IntakeQuota.nullable().optional(),
    notifyEmails: NotifyEmails.nullable().optional(),
    validation: Validation.nullable().optional(),
  })
  .refine(isOneRate, ONE_RATE);

export const ApplicationOut = z.object({
  id: z.string(),
  uid: Uid.optional(),
  name: z.string(),
  metadata: z.record(z.string(), z.string()),
  throttleRate: ThrottleRate.optional(),
  rateLimit: RateLimitOut,
  weight: Weight.optional(),
  intakeQuota: IntakeQuota.optional(),
  notifyEmails: z.array(z.string()).optional(),
  validation: Validation.optional(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type ApplicationOut = z.output<typeof ApplicationOut>;
