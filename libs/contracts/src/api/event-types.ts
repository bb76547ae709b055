import * as z from 'zod';
import { EventTypeName, Instant, text, Uid } from './names.js';

const Schemas = z.record(text(256), z.record(z.string(), z.unknown())).describe('JSON Schemas by version.');

export const EventTypeUpdate = z.object({
  description: text(4_096),
  archived: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  featureFlag: Uid.nullish(),
  schemas: Schemas.nullish(),
});

export const EventTypeIn = EventTypeUpdate.extend({ name: EventTypeName });

/** What is absent stays as it is; null clears. */
export const EventTypePatch = z.object({
  description: text(4_096).optional(),
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  featureFlag: Uid.nullable().optional(),
  schemas: Schemas.nullable().optional(),
});

export const EventTypeOut = z.object({
  name: z.string(),
  description: z.string(),
  archived: z.boolean(),
  deprecated: z.boolean(),
  featureFlag: z.string().optional(),
  schemas: Schemas.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type EventTypeOut = z.output<typeof EventTypeOut>;
