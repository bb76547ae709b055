import { filterRefusal, MOST_FILTERS } from '@signpost/domain';
import * as z from 'zod';
import { AskedEventType, Channel, Instant, isUnique, UNIQUE } from './names.js';

const JsonFilter = z
  .strictObject({ json: z.record(z.string(), z.unknown()) })
  .describe(
    'A pattern of what the message has to hold: { "json": { "data": { "score": { "$gte": 4 } } } }. Names are those of the message (id, type, ' +
      'time, channels, conversation, data, payload) and of what it holds; operators are $eq, $neq, $gt, $gte, $lt, $lte, $in, $nin, $startsWith, ' +
      '$endsWith, $exist, $or, $and and $not. Types are strict.',
  );
const CelFilter = z
  .strictObject({ cel: z.string().min(1) })
  .describe('A condition in the Common Expression Language, over the same names: { "cel": "data.score >= 4.0" }.');

export const FilterList = z.array(
  z.union([JsonFilter, CelFilter], {
    error: 'is an object with "json" (a pattern) or "cel" (a condition), and nothing else',
  }),
);

/** Bounded by the domain, which also says what is wrong with one, and where. */
export const Filters = FilterList.min(1)
  .max(MOST_FILTERS)
  .superRefine((filters, context) => {
    const refusal = filterRefusal(filters);
    if (refusal === undefined) return;
    const { place, code, message } = refusal;
    context.addIssue({ code: 'custom', path: [...place], message, params: { code } });
  })
  .describe('What a message has to hold: all of them have to fit. Absent: anything.');

const HIGHEST_TRIED = 100;
const USUALLY_TRIED = 50;
const RULES = ['event-type', 'channel', 'filter'] as const;

/** Strict: a misspelt name would try the endpoint's own filters, and look like an answer. */
export const FilterTryIn = z.strictObject({
  filters: Filters.nullish().describe("Tried in place of the endpoint's own; null: none."),
  eventTypes: z
    .array(AskedEventType)
    .min(1)
    .max(500)
    .refine(isUnique, UNIQUE)
    .nullish()
    .describe("In place of the endpoint's own; null: all."),
  channels: z
    .array(Channel)
    .min(1)
    .max(10)
    .refine(isUnique, UNIQUE)
    .nullish()
    .describe("In place of the endpoint's own; null: messages of any channel and of none."),
  limit: z
    .int()
    .min(1)
    .max(HIGHEST_TRIED)
    .default(USUALLY_TRIED)
    .describe('How many of the newest messages of the application are looked at.'),
});

export const FilterTryOut = z.object({
  tried: z.int().describe('Messages that were looked at.'),
  matched: z.int(),
  summary: z.string().describe('One sentence: "It would have matched 37 of the last 50 messages."'),
  messages: z
    .array(
      z.object({
        id: z.string(),
        eventType: z.string(),
        timestamp: Instant,
        matched: z.boolean(),
        rule: z
          .object({
            kind: z.enum(RULES),
            text: z.string().describe('For people.'),
            clause: z
              .string()
              .optional()
              .describe('What of the rule decided: "json data.score $gte 4: is 2", or what was asked for.'),
          })
          .optional()
          .describe('Why not; absent where it matched.'),
      }),
    )
    .describe('Newest first.'),
});
export type FilterTryOut = z.output<typeof FilterTryOut>;
