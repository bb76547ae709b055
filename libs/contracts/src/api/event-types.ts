import * as z from 'zod';
import { VALIDATION_MODES } from '@signpost/domain';
import { EventTypeName, Instant, text, Uid } from './names.js';

const MOST_VERSIONS = 20;
const Schemas = z
  .record(text(256), z.record(z.string(), z.unknown()))
  .refine((schemas) => Object.keys(schemas).length <= MOST_VERSIONS, {
    error: `has more than ${String(MOST_VERSIONS)} versions`,
  })
  .describe(
    'JSON Schemas (2020-12) of the whole payload, by version. Versions that are there stay; one is changed only so that ' +
      'its receivers read on.',
  );

export const ValidationModeName = z
  .enum(VALIDATION_MODES)
  .describe(
    'What becomes of payloads that do not fit: enforce refuses them, warn accepts and marks them, off does not look.',
  );

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
const Beside = {
  timeToLiveMs: TimeToLive.nullish(),
  coalesce: CoalesceMode.nullish(),
  validation: ValidationModeName.nullish(),
};

export const EventTypeUpdate = z.object({
  description: text(4_096),
  archived: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  featureFlag: Uid.nullish(),
  schemas: Schemas.nullish(),
  ...Beside,
});

export const EventTypeIn = EventTypeUpdate.extend({ name: EventTypeName });

/** What is absent stays as it is; null clears. */
export const EventTypePatch = z.object({
  description: text(4_096).optional(),
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  featureFlag: Uid.nullable().optional(),
  schemas: Schemas.nullable().optional(),
  ...Beside,
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
  validation: ValidationModeName.optional(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type EventTypeOut = z.output<typeof EventTypeOut>;

/** One that comes with Signpost. */
export const CatalogueEventOut = z.object({
  name: z.string(),
  version: z.int().describe('Rises when receivers of the one before could not read on.'),
  kind: z.enum(['conversation', 'operational']).describe('Published by the platform, or by Signpost about deliveries.'),
  description: z.string(),
  schema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of the whole payload.'),
  example: z.record(z.string(), z.unknown()).describe('A payload that fits it.'),
});
export type CatalogueEventOut = z.output<typeof CatalogueEventOut>;
