import * as z from 'zod';
import { LARGEST_CODE, TRANSFORMATION_FAULTS } from '@signpost/domain';
import { ActorOut } from './access.js';
import { EventTypeName, Instant, isUnique, MessageIdOrEventId, UNIQUE } from './names.js';

const MOST_TRIED = 20;
const USUALLY_TRIED = 5;

const Code = z
  .string()
  .min(1)
  .max(LARGEST_CODE, { abort: true })
  .refine((code) => !code.includes('\0') && code.isWellFormed(), { error: 'holds half of a character, or none at all' })
  .refine((code) => new TextEncoder().encode(code).length <= LARGEST_CODE, {
    error: `has more than ${String(LARGEST_CODE)} bytes`,
  })
  .describe('JavaScript that declares function handler(webhook) and returns the webhook, changed or not.');
/** As the path has them; the database counts no further than twice that. */
const LAST_VERSION = 999_999_999;
const Version = z.int().min(1).max(LAST_VERSION).describe('Of this endpoint, counted from 1.');

/** As the peer has it, and the version. */
export const EndpointTransformationOut = z.object({
  code: z.string().nullable().describe('Of the version in force; null: there is none.'),
  enabled: z.boolean(),
  version: z.int().nullable().describe('The one in force; null: there is none.'),
  updatedAt: Instant.nullable(),
});
export type EndpointTransformationOut = z.output<typeof EndpointTransformationOut>;

export const EndpointTransformationIn = z.object({
  code: Code,
  enabled: z.boolean().default(true),
});

export const EndpointTransformationPatch = z.object({
  code: Code.nullish().describe('A new version; null takes the transformation off, and leaves its versions.'),
  enabled: z.boolean().optional().describe('Without it, code that is given is switched on.'),
});

export const TransformationRollbackIn = z.object({ version: Version });

export const TransformationVersionOut = z.object({
  version: z.int(),
  current: z.boolean().describe('It is the one in force, whether switched on or not.'),
  createdAt: Instant,
  createdBy: ActorOut,
});
export type TransformationVersionOut = z.output<typeof TransformationVersionOut>;

export const TransformationVersionCodeOut = TransformationVersionOut.extend({ code: z.string() });
export type TransformationVersionCodeOut = z.output<typeof TransformationVersionCodeOut>;

export const TransformationTrialIn = z
  .object({
    code: Code.optional().describe('Tried, and not kept. Without it and without a version: what is in force.'),
    version: Version.optional(),
    messageIds: z.array(MessageIdOrEventId).min(1).max(MOST_TRIED).refine(isUnique, UNIQUE).optional(),
    limit: z
      .int()
      .min(1)
      .max(MOST_TRIED)
      .default(USUALLY_TRIED)
      .describe('How many of the newest messages that the endpoint asks for, where no ids are given.'),
    example: z
      .object({ eventType: EventTypeName, payload: z.record(z.string(), z.unknown()) })
      .optional()
      .describe('Tried in place of messages.'),
  })
  .refine(({ code, version }) => code === undefined || version === undefined, {
    error: 'is given beside code: give one of them',
    path: ['version'],
  })
  .refine(({ messageIds, example }) => messageIds === undefined || example === undefined, {
    error: 'is given beside messageIds: give one of them',
    path: ['example'],
  });

export const TRIAL_OUTCOMES = ['made', 'declined', ...TRANSFORMATION_FAULTS] as const;

export const TransformationTrialResultOut = z.object({
  msgId: z.string().optional(),
  eventType: z.string(),
  outcome: z.enum(TRIAL_OUTCOMES),
  message: z.string().optional().describe('What went wrong, and what to do.'),
  line: z.int().optional().describe('Of the code, where it is known.'),
  before: z.object({ method: z.string(), url: z.string(), body: z.string() }),
  after: z
    .object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).describe("Beside the endpoint's own and those that sign."),
      body: z.string(),
      bodyChanged: z.boolean().describe('Otherwise the bytes are those that came in.'),
    })
    .optional()
    .describe('Absent where nothing would be sent.'),
  console: z.array(z.string()).describe('Up to 100 lines.'),
  cpuMs: z.number(),
  memoryBytes: z.int().optional().describe('Held when handler returned.'),
});
export type TransformationTrialResultOut = z.output<typeof TransformationTrialResultOut>;

export const TransformationTrialOut = z.object({ data: z.array(TransformationTrialResultOut) });
export type TransformationTrialOut = z.output<typeof TransformationTrialOut>;
