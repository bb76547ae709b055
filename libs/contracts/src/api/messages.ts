import * as z from 'zod';
import { EndpointOut } from './endpoints.js';
import { Instant } from './names.js';

export const MessageOut = z.object({
  id: z.string(),
  eventId: z.string().optional(),
  eventType: z.string(),
  channels: z.array(z.string()).nullable(),
  timestamp: Instant,
  payload: z
    .record(z.string(), z.unknown())
    .describe('As it was sent; {} without content, {"expired":true} once it is gone.'),
});

export const MessageAttemptOut = z.object({
  id: z.string(),
  msgId: z.string(),
  endpointId: z.string(),
  url: z.string(),
  timestamp: Instant,
  status: z.union([z.literal(0), z.literal(2)]).describe('0: success, 2: failed.'),
  statusText: z.enum(['success', 'fail']),
  responseStatusCode: z.int().describe('0 when there was no answer.'),
  responseDurationMs: z.int(),
  response: z.string().describe('The beginning of the answer.'),
  triggerType: z.union([z.literal(0), z.literal(1)]).describe('0: scheduled, 1: manual.'),
  attempt: z.int().describe('Counted from 1 within its delivery.'),
  repeated: z.boolean().describe('A second request of the same number, after a crash.'),
  reason: z.string().optional().describe('Why it failed: "http:503", "timeout:connect", …'),
  nextAttempt: Instant.optional(),
  timing: z.object({
    lookupMs: z.number().optional(),
    connectMs: z.number().optional(),
    tlsMs: z.number().optional(),
    firstByteMs: z.number().optional(),
    totalMs: z.number(),
  }),
});
export type MessageAttemptOut = z.output<typeof MessageAttemptOut>;

/** An endpoint that a message was matched to, and how its delivery stands. */
export const MessageEndpointOut = EndpointOut.extend({
  status: z.union([z.literal(0), z.literal(1), z.literal(2)]).describe('0: success, 1: pending, 2: failed.'),
  statusText: z.enum(['success', 'pending', 'fail']),
  state: z
    .enum([
      'pending',
      'waiting',
      'parked',
      'delivered',
      'dead-lettered',
      'expired',
      'superseded',
      'declined',
      'cancelled',
    ])
    .describe('Where the delivery is, or how it ended.'),
  deadLetterReason: z.string().optional(),
  nextAttempt: Instant.nullable(),
});
export type MessageEndpointOut = z.output<typeof MessageEndpointOut>;
