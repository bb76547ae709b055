import * as z from 'zod';

/** Names of topics by commas. */
export const TOPIC_LIST = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((topic) => topic.trim())
      .filter((topic) => topic !== ''),
  )
  .refine((topics) => new Set(topics).size === topics.length, 'names a topic twice');

/** Milliseconds between two looks at what waits in Kafka. */
export const BACKLOG_EVERY_MS = z.coerce.number().int().min(100).max(60_000).default(5_000);
