import * as z from 'zod';
import { ActorOut } from './access.js';
import { Iterator, Limit, Order, Time } from './lists.js';
import { Instant, text } from './names.js';

/** Why a record was refused: 'application_unknown', 'payload_not_json', … */
export const RejectionCode = z.string().regex(/^[a-z0-9_]{1,64}$/, { error: 'is no code of a rejection' });
export const KafkaTopic = z.string().regex(/^[\w.-]{1,249}$/, { error: 'is no name of a Kafka topic' });

export const RejectedListQuery = z.object({
  limit: Limit,
  iterator: Iterator,
  order: Order.default('descending'),
  code: RejectionCode.optional(),
  topic: KafkaTopic.optional().describe('Of this topic; its full name.'),
  since: Time.describe('Rejected first from then on.'),
  until: Time.describe('Rejected first before then.'),
  state: z
    .enum(['open', 'redriven', 'all'])
    .default('open')
    .describe('open: it waits for somebody; redriven: sent on its way again, and not rejected since.'),
});

export const RejectedOut = z.object({
  id: z.string(),
  code: z.string().describe('For machines.'),
  reason: z.string().describe('For people: what is wrong, and what to do.'),
  source: z
    .object({ topic: z.string(), partition: z.int(), offset: z.int() })
    .describe('Where the record lies that was refused.'),
  position: z
    .object({ partition: z.int(), offset: z.int() })
    .describe('Where it lies in the topic of rejected records.'),
  rejectedAt: Instant,
  redrives: z.int().describe('How often it was sent on its way again.'),
  isCut: z.boolean().describe('Its value or its headers were too large to be kept: they are at the source alone.'),
  correctedAt: Instant.nullable(),
  correctedBy: ActorOut.nullable(),
  state: z.enum(['open', 'redriven']),
});
export type RejectedOut = z.output<typeof RejectedOut>;

const Bytes = z.object({
  text: z.string().nullable().describe('As text; null for what is no UTF-8.'),
  base64: z.string().nullable().describe('Of what is no UTF-8.'),
  bytes: z.int().describe('Of the whole.'),
  isWhole: z.boolean().describe('Whether all of it is shown.'),
});

export const RejectedContentOut = RejectedOut.extend({
  headers: z
    .record(z.string(), z.string())
    .nullable()
    .describe('As the record had them, as text; null once the topic has forgotten it.'),
  value: Bytes.nullable().describe('Null where there is none, or none was kept.'),
  correction: z
    .object({ headers: z.record(z.string(), z.string().nullable()).nullable(), value: Bytes.nullable() })
    .nullable()
    .describe('What takes the place of it when it is sent on its way again.'),
});
export type RejectedContentOut = z.output<typeof RejectedContentOut>;

const LARGEST_VALUE = 786_432;
const MOST_HEADERS = 100;

export const RejectedCorrectionIn = z
  .strictObject({
    value: z.string().max(LARGEST_VALUE).nullish().describe('The whole value, in place of what it was.'),
    headers: z
      .record(text(256).min(1), text(8_192).nullable())
      .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, { error: 'are more than 100' })
      .refine((headers) => Object.keys(headers).every((name) => !name.startsWith('signpost-')), {
        error: "names that begin with 'signpost-' are not the producer's",
      })
      .nullish()
      .describe('Headers (attributes of a CloudEvent in binary mode) by name; null takes one away. Others stay.'),
  })
  .describe('An empty one takes back what was corrected before.');
