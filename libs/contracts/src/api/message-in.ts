import * as z from 'zod';
import { FOREIGN_ID_PATTERN, isForeignId, isJsonObject, MOST_CHANNELS } from '@signpost/domain';
import { ApplicationIn } from './applications.js';
import { Channel, EventTypeName, isUnique, text, Uid, UNIQUE } from './names.js';

export const MOST_MESSAGES = 500;

const MOST_RETENTION_DAYS = 90;
const MOST_TAGS = 20;
const LONGEST_TAG = 128;

const PayloadRetentionPeriod = z
  .int()
  .min(5)
  .max(MOST_RETENTION_DAYS)
  .describe('Days that the payload is kept; not together with payloadRetentionHours.');
const PayloadRetentionHours = z
  .int()
  .min(1)
  .max(MOST_RETENTION_DAYS * 24)
  .describe('Hours that the payload is kept; not together with payloadRetentionPeriod.');

/** Several of the Svix SDKs send every payload here, as JSON text, and leave `payload` empty. */
const TransformationsParams = z.object({
  rawPayload: z
    .string()
    .refine((text) => text.isWellFormed(), { error: 'holds half of a character, which no bytes stand for' })
    .nullish()
    .describe("The payload's own text, sent as it is in place of `payload`."),
});

/** Svix's MessageIn, and beside it `conversationId`. Fields that are unknown here are left alone. */
export const MessageIn = z
  .object({
    eventType: EventTypeName,
    // Its bytes are taken from the body; here it is only looked at.
    payload: z
      .custom<object>(isJsonObject, 'must be a JSON object')
      .meta({ type: 'object', description: 'A JSON object; its bytes are delivered as they came in.' }),
    eventId: Uid.nullish().describe('Refused with 409 when a message of the application had it within the window.'),
    channels: z.array(Channel).min(1).max(MOST_CHANNELS).refine(isUnique, UNIQUE).nullish(),
    tags: z
      .array(text(LONGEST_TAG).min(1))
      .max(MOST_TAGS)
      .nullish()
      .describe('Free names that the message and its attempts are found by.'),
    conversationId: z
      .string()
      .regex(FOREIGN_ID_PATTERN, 'may have 1 to 256 characters without control characters')
      .refine(isForeignId, 'holds half of a character, or the mark of one that was lost (U+FFFD)')
      .nullish(),
    payloadRetentionPeriod: PayloadRetentionPeriod.nullish(),
    payloadRetentionHours: PayloadRetentionHours.nullish(),
    application: ApplicationIn.nullish().describe('Created under the uid in the path, if there is none.'),
    transformationsParams: TransformationsParams.nullish(),
  })
  .refine(
    ({ payloadRetentionPeriod, payloadRetentionHours }) =>
      payloadRetentionPeriod == null || payloadRetentionHours == null,
    {
      error: 'is given together with payloadRetentionPeriod: give one of the two',
      path: ['payloadRetentionHours'],
    },
  );
export type MessageIn = z.output<typeof MessageIn>;

export const MessageBatchIn = z
  .object({ data: z.array(MessageIn).min(1).max(MOST_MESSAGES) })
  .superRefine(({ data }, context) => {
    const firstOf = new Map<string, number>();
    data.forEach(({ eventId }, index) => {
      if (eventId == null) return;
      const first = firstOf.get(eventId);
      if (first === undefined) {
        firstOf.set(eventId, index);
        return;
      }
      context.addIssue({
        code: 'custom',
        path: ['data', index, 'eventId'],
        message: `is the event id of data[${String(first)}] already`,
      });
    });
  });

export const PublishQuery = z.object({ with_content: z.stringbool().meta({ type: 'boolean' }).default(true) });
