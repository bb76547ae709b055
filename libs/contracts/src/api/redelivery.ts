import * as z from 'zod';
import { ListQuery } from './lists.js';
import { EventTypeName, Instant, TimeIn } from './names.js';

export const EmptyOut = z.object({});

export const RecoverIn = z.object({
  since: TimeIn.describe('Messages accepted from then on; at most 14 days ago.'),
  until: TimeIn.nullish().describe('Messages accepted before then; now, unless it is given.'),
});

const TaskKind = z.literal('endpoint.recover');
const TaskStatus = z.enum(['running', 'finished', 'failed']);

export const RecoverOut = z.object({
  id: z.string(),
  status: z.literal('running'),
  task: TaskKind,
  updatedAt: Instant,
});
export type RecoverOut = z.output<typeof RecoverOut>;

export const BackgroundTaskOut = RecoverOut.extend({
  status: TaskStatus,
  data: z.object({
    appId: z.string(),
    endpointId: z.string(),
    since: Instant,
    until: Instant,
    total: z.int().nullable().describe('Dead letters in the window when it began; null until they are counted.'),
    done: z.int().describe('Handed over to be sent again.'),
    skipped: z
      .object({
        withoutPayload: z.int().describe('The payload has expired or was expunged.'),
        underWay: z.int().describe('Asked for by somebody else, and not ended yet.'),
        tooOften: z.int().describe('Sent again as often as one delivery may be.'),
      })
      .describe('Left out, by why.'),
    perSecond: z.number().describe('How many were handed over a second, on average.'),
    reason: z.enum(['cancelled', 'endpoint-deleted']).optional().describe('Why it failed.'),
  }),
  createdAt: Instant,
});
export type BackgroundTaskOut = z.output<typeof BackgroundTaskOut>;

export const BackgroundTaskListQuery = ListQuery.extend({
  order: z.enum(['ascending', 'descending']).default('descending'),
  status: TaskStatus.optional(),
  task: z
    .string()
    .max(128)
    .optional()
    .describe('endpoint.recover is all that there is; of any other kind there is none.'),
});

export const EventExampleIn = z.object({
  eventType: EventTypeName,
  exampleIndex: z
    .int()
    .min(0)
    .max(1_000)
    .nullish()
    .describe("Which of the schema's examples; the first, unless it is given."),
});
