import * as z from 'zod';
import { EndpointOut } from './endpoints.js';
import { Instant } from './names.js';

export const MessageOut = z.object({
  id: z.string(),
  eventId: z.string().optional(),
  eventType: z.string(),
  channels: z.array(z.string()).nullable(),
  tags: z.array(z.string()).optional().describe('In the answer to its publication.'),
  timestamp: Instant,
  payload: z
    .record(z.string(), z.unknown())
    .describe('As it was sent; {} without content, {"expired":true} once it is gone.'),
});

const DeliveryStatusFields = z.object({
  status: z
    .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
    .describe('0: success, 1: pending, 2: failed, 3: sending.'),
  statusText: z.enum(['success', 'pending', 'fail', 'sending']),
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
export type DeliveryStatusFields = z.output<typeof DeliveryStatusFields>;

/** A message that an endpoint was sent, and how its delivery stands. */
export const EndpointMessageOut = MessageOut.extend(DeliveryStatusFields.shape);

/** Deliveries of the messages of a time, by how they stand. */
export const EndpointStats = z.object({
  success: z.int(),
  pending: z.int().describe('Waiting for their next attempt, or parked.'),
  sending: z.int().describe('On their way again.'),
  fail: z.int(),
  canceled: z.int().describe('Ended without an arrival and without a failure: cancelled, superseded, declined.'),
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
  response: z
    .string()
    .describe('The beginning of the answer; what went wrong, where a transformation failed and nothing was sent.'),
  triggerType: z.union([z.literal(0), z.literal(1)]).describe('0: scheduled, 1: manual.'),
  attempt: z.int().describe('Counted from 1 within its delivery.'),
  repeated: z.boolean().describe('A second request of the same number, after a crash.'),
  reason: z.string().optional().describe('Why it failed: "http:503", "timeout:connect", …'),
  nextAttempt: Instant.optional(),
  transformationVersion: z
    .int()
    .optional()
    .describe("The version of the endpoint's transformation that made the request, or failed to."),
  requestHeaders: z
    .record(z.string(), z.string())
    .optional()
    .describe('As they were sent, without those of the connection; signatures and what may be a secret are ***.'),
  responseHeaders: z
    .record(z.string(), z.string())
    .optional()
    .describe('What the receiver answered, shortened; without those of the connection.'),
  timing: z
    .object({
      lookupMs: z.number().optional(),
      connectMs: z.number().optional(),
      tlsMs: z.number().optional(),
      firstByteMs: z.number().optional(),
      lostMs: z
        .number()
        .optional()
        .describe('Until the receiver closed a kept connection under the request, which then went out a second time.'),
      totalMs: z.number(),
    })
    .describe('How long each phase took; a kept connection skips some.'),
  msg: MessageOut.optional().describe('With with_msg.'),
});
export type MessageAttemptOut = z.output<typeof MessageAttemptOut>;

/** An endpoint that a message was matched to, and how its delivery stands. */
export const MessageEndpointOut = EndpointOut.extend(DeliveryStatusFields.shape);
export type MessageEndpointOut = z.output<typeof MessageEndpointOut>;
