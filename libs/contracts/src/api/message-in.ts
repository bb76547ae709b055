import * as z from 'zod';
import {
  FOREIGN_ID_PATTERN,
  isJsonObject,
  LONGEST_CHANNEL,
  LONGEST_NAME,
  MOST_CHANNELS,
  NAME_PATTERN,
} from '@signpost/domain';

const name = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(NAME_PATTERN, 'may have letters, digits, dashes, underscores and full stops only');

/** Svix's MessageIn, and beside it `conversationId`. Fields that are unknown here are left alone. */
export const MessageIn = z.object({
  eventType: name(LONGEST_NAME),
  // Its bytes are taken from the body; here it is only looked at.
  payload: z
    .custom<object>(isJsonObject, 'must be a JSON object')
    .meta({ type: 'object', description: 'A JSON object; its bytes are delivered as they came in.' }),
  eventId: name(LONGEST_NAME).nullish(),
  channels: z
    .array(name(LONGEST_CHANNEL))
    .min(1)
    .max(MOST_CHANNELS)
    .refine((list) => new Set(list).size === list.length, 'names a channel twice')
    .nullish(),
  conversationId: z
    .string()
    .regex(FOREIGN_ID_PATTERN, 'may have 1 to 256 characters without control characters')
    .nullish(),
});
export type MessageIn = z.output<typeof MessageIn>;

export const MOST_MESSAGES = 500;

export const MessageBatchIn = z.object({ data: z.array(MessageIn).min(1).max(MOST_MESSAGES) });

export const PublishQuery = z.object({ with_content: z.stringbool().meta({ type: 'boolean' }).default(true) });
