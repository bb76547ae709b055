import * as z from 'zod';
import { Channel, EventTypeName, MessageIdOrEventId, TimeIn } from './names.js';

export const DEFAULT_LIMIT = 50;
export const HIGHEST_LIMIT = 250;

const flag = (usual: boolean) =>
  z
    .enum(['true', 'false'])
    .default(usual ? 'true' : 'false')
    .transform((value) => value === 'true');

export const Limit = z.coerce.number().int().min(1).max(HIGHEST_LIMIT).default(DEFAULT_LIMIT);
export const Iterator = z
  .string()
  .regex(/^-?[\w.-]{1,300}$/, { error: 'is no iterator: use one from the list before' })
  .optional();
export const Order = z.enum(['ascending', 'descending']);
export const Time = TimeIn.optional();
/** Given once with commas, or several times. */
const EventTypes = z
  .preprocess((value) => {
    if (value === undefined) return undefined;
    return (Array.isArray(value) ? value : [value]).flatMap((item) => String(item).split(','));
  }, z.array(EventTypeName).max(100).optional())
  .optional();

export const ListQuery = z.object({ limit: Limit, iterator: Iterator, order: Order.default('ascending') });

export const DestinationListQuery = z.object({ limit: Limit, iterator: Iterator });

export const EventTypeListQuery = ListQuery.extend({ include_archived: flag(false), with_content: flag(false) });

export const ContentQuery = z.object({ with_content: flag(true) });

export const MessageListQuery = z.object({
  limit: Limit,
  iterator: Iterator,
  order: Order.default('descending'),
  channel: Channel.optional(),
  tag: MessageIdOrEventId.optional(),
  search: MessageIdOrEventId.optional().describe("The beginning of a message's id, or of the id of its event."),
  before: Time,
  after: Time,
  with_content: flag(true),
  event_types: EventTypes,
});

const Status = z.coerce.number().int().min(0).max(3).optional();

export const AttemptListQuery = MessageListQuery.extend({
  status: Status.describe('0: success, 2: failed; no attempt is pending (1) or sending (3).'),
  status_code_class: z.coerce
    .number()
    .int()
    .refine((value) => [0, 100, 200, 300, 400, 500].includes(value), { error: 'is one of 0, 100, 200, 300, 400, 500' })
    .optional(),
});

/** Of an endpoint. */
export const EndpointAttemptListQuery = AttemptListQuery.extend({ with_msg: flag(false) });

export const MessageAttemptListQuery = AttemptListQuery.extend({ endpoint_id: z.string().max(256).optional() });

/** Messages of an endpoint. */
export const EndpointMessageListQuery = MessageListQuery.extend({
  status: Status.describe('0: success, 1: pending, 2: failed, 3: sending.'),
});

export const EndpointStatsQuery = z.object({ since: Time, until: Time });

export const ApplicationCreateQuery = z.object({ get_if_exists: flag(false) });
export const EventTypeDeleteQuery = z.object({ expunge: flag(false) });

/** One page of a list: `iterator` asks for the next, `prevIterator` for the one before. */
export const listOf = <S extends z.ZodType>(item: S) =>
  z.object({
    data: z.array(item),
    iterator: z.string().nullable(),
    prevIterator: z.string().nullable(),
    done: z.boolean().describe('Whether there is nothing beyond this page.'),
  });
