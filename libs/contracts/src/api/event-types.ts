import * as z from 'zod';
import { EventTypeName, Instant, text, Uid } from './names.js';

const Schemas = z.record(text(256), z.record(z.string(), z.unknown())).describe('JSON Schemas by version.');

const LONGEST_TIME_TO_LIVE_MS = 30 * 86_400_000;
const TimeToLive = z
  .int()
  .min(1)
  .max(LONGEST_TIME_TO_LIVE_MS)
  .describe('Milliseconds after its acceptance from which on a message of this type is not sent any more.');
const CoalesceMode = z
  .enum(['latest'])
  .describe('latest: of what an endpoint is owed of one conversation, or of none, only the newest is sent.');

// Beside the peer's fields: an SDK that does not know them sends and reads on as before.
const Usefulness = { timeToLiveMs: TimeToLive.nullish(), coalesce: CoalesceMode.nullish() };

export const EventTypeUpdate = z.object({
  description: text(4_096),
  archived: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  featureFlag: Uid.nullish(),
  schemas: Schemas.nullish(),
  ...Usefulness,
});

export const EventTypeIn = EventTypeUpdate.extend({ name: EventTypeName });

/** What is absent stays as it is; null clears. */
export const EventTypePatch = z.object({
  description: text(4_096).optional(),
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  featureFlag: Uid.nullable().optional(),
  schemas: Schemas.nullable().optional(),
  ...Usefulness,
});

export const EventTypeOut = z.object({
  name: z.string(),
  description: z.string(),
  archived: z.boolean(),
  deprecated: z.boolean(),
  featureFlag: z.string().optional(),
  schemas: Schemas.nullable(),
  timeToLiveMs: TimeToLive.optional(),
  coalesce: CoalesceMode.optional(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type EventTypeOut = z.output<typeof EventTypeOut>;
