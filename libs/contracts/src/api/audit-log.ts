import * as z from 'zod';
import { ACTOR_KINDS } from '@signpost/domain';
import { ActorOut } from './access.js';
import { Iterator, Limit, Order, Time } from './lists.js';
import { IdOrUid, Instant, text } from './names.js';

/** What kinds of things the audit log tells of. */
export const AUDITED_KINDS = [
  'application',
  'endpoint',
  'event-type',
  'api-key',
  'portal-token',
  'message',
  'attempt',
  'background-task',
  'recovery',
  'rejected',
] as const;

export type AuditedKind = (typeof AUDITED_KINDS)[number];

export const AuditLogQuery = z.object({
  limit: Limit,
  iterator: Iterator,
  order: Order.default('descending'),
  object_type: z.enum(AUDITED_KINDS).optional(),
  object_id: text(256).min(1).optional().describe("The object's id; an event type's name."),
  app_id: IdOrUid.optional().describe('Only what belongs to this application, and itself.'),
  actor_type: z.enum(ACTOR_KINDS).optional(),
  actor_id: text(256).min(1).optional(),
  operation: text(256).min(1).optional().describe('As the API reference names it: v1.endpoint.update.'),
  before: Time,
  after: Time,
});

const State = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe('Of a change only the fields that differ. Secrets, values of headers and payloads are masked.');

export const AuditEntryOut = z.object({
  id: z.string(),
  timestamp: Instant,
  actor: ActorOut,
  operation: z.string(),
  object: z.object({ type: z.enum(AUDITED_KINDS), id: z.string(), appId: z.string().optional() }),
  before: State,
  after: State,
});
export type AuditEntryOut = z.output<typeof AuditEntryOut>;
