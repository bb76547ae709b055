import { VIOLATIONS } from '@signpost/domain';
import * as z from 'zod';
import { Time } from './lists.js';
import { IdOrUid, Instant } from './names.js';

/** Hours that one question about the account may span. */
export const ACCOUNT_HOURS = 24;

const Window = z.object({
  since: Time.describe('Messages accepted from then on; one hour before `until`, unless it is given.'),
  until: Time.describe(
    `Messages accepted before then; now, unless it is given. At most ${String(ACCOUNT_HOURS)} hours after \`since\`.`,
  ),
  appId: IdOrUid.optional().describe(
    'Of this application alone; of all that the organisation has, unless it is given.',
  ),
});

export const AccountQuery = Window.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(250).describe('Minutes of an application on one page.'),
  iterator: z
    .string()
    .regex(/^\d{1,15}\.app_[0-9A-Za-z]{27}$/, { error: 'is no iterator: use one from the page before' })
    .optional(),
});

export const AuditQuery = Window.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Violations that are named.'),
});

const count = (text: string) => z.int().describe(text);

export const AccountCountsOut = z.object({
  accepted: count('Messages accepted: matched, nobody and undecided together.'),
  matched: count('Of them those that at least one endpoint had asked for.'),
  nobody: count('Of them those that no endpoint had asked for.'),
  undecided: count('Of them those that are on their way to the matcher.'),
  deliveries: count('What the matched messages were matched to, all together.'),
  redeliveries: count('Deliveries that were asked for again: each is one more run, with a fate of its own.'),
  fates: z
    .object({
      delivered: z.int(),
      deadLettered: z.int(),
      expired: z.int(),
      superseded: z.int(),
      declined: z.int(),
      cancelled: z.int(),
    })
    .describe('Runs that have ended, by how.'),
  pending: z
    .object({
      fresh: count('On the way to the first attempt.'),
      returning: count('On the way back from a tier, from parked or from a redelivery.'),
      tier: count('Waiting for the next attempt.'),
      parked: count('Waiting for their endpoint.'),
      takenOver: count('A redelivery has their place; they end when they come back from where they wait.'),
    })
    .describe('Runs that have not ended, by where they are.'),
  early: z.object({ messages: z.int(), runs: z.int() }).describe('Recorded a moment before what they follow from.'),
  differences: z
    .object({
      unmatched: z.int(),
      unrecorded: z.int(),
      freshLost: z.int(),
      returningLost: z.int(),
      tierLost: z.int(),
      parkedLost: z.int(),
      notOwed: z.int(),
      severalFates: z.int(),
    })
    .describe('What does not add up, by kind: 0 everywhere in a balanced account.'),
  balanced: z.boolean(),
  difference: count('All differences together.'),
});
export type AccountCountsOut = z.output<typeof AccountCountsOut>;

export const AccountMinuteOut = AccountCountsOut.extend({
  at: Instant.describe('When the minute began.'),
  appId: z.string(),
  countedAt: Instant,
});

const CountedFrom = Instant.describe('Messages accepted before are in no account.');

export const AccountOut = z.object({
  since: Instant,
  until: Instant,
  countedFrom: CountedFrom,
  settledAt: Instant.nullable().describe(
    'All that the topics held then was done and recorded; null: nobody has found that yet.',
  ),
  balanced: z.boolean(),
  difference: z.int(),
  totals: AccountCountsOut.describe('Of the whole window, whatever the page.'),
  minutes: z.array(AccountMinuteOut),
  iterator: z.string().nullable(),
  done: z.boolean().describe('Whether there is nothing beyond this page.'),
});
export type AccountOut = z.output<typeof AccountOut>;

export const ViolationOut = z.object({
  kind: z.enum(VIOLATIONS),
  id: z.string().describe('Of the message or of the delivery.'),
  appId: z.string(),
  msgId: z.string(),
  endpointId: z.string().optional().describe('Of a delivery.'),
  redelivery: z.int().optional().describe('Which of its redeliveries; absent: the delivery as it was first owed.'),
  text: z.string().describe('For people: what is wrong.'),
});
export type ViolationOut = z.output<typeof ViolationOut>;

export const AuditOut = z.object({
  since: Instant,
  until: Instant,
  countedFrom: CountedFrom,
  checkedUntil: Instant.describe('So far was looked. Earlier than `until`: ask again with this as `since`.'),
  done: z.boolean().describe('Whether all of the window was looked at.'),
  balanced: z.boolean().describe('Whether no violation was found in what was looked at.'),
  difference: count('Violations that were found.'),
  violations: z.array(ViolationOut),
  more: z
    .partialRecord(z.enum(VIOLATIONS), z.int())
    .describe('Violations beyond those that are named, by kind, as they were at the first look.'),
  accepted: count('Messages of the window that the log has.'),
  runs: count('Runs of their deliveries.'),
  topics: z
    .object({ read: z.int().describe('Accepted messages that were read from Kafka and looked up in the log.') })
    .describe('What Kafka holds of the window.'),
  waitingFor: z
    .string()
    .nullable()
    .describe(
      'Which consumer group is behind, or `topics` or `kafka` when those cannot be read in time, so that no more can be said now; null: none.',
    ),
});
export type AuditOut = z.output<typeof AuditOut>;
