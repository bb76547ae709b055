import * as z from 'zod';
import { MessageBatchIn, MessageIn, PublishQuery } from './message-in.js';
import { MessageOut } from './messages.js';
import type { PlacedOperation } from './operation.js';

export const MessageBatchOut = z.object({ data: z.array(MessageOut) });

/** What ingest answers. Here rather than beside its controller, since the api describes the whole API. */
export const PUBLISH_OPERATIONS = {
  create: {
    id: 'v1.message.create',
    method: 'post',
    path: '/api/v1/app/:appId/msg',
    needs: 'publish',
    summary: 'Publish a message',
    description:
      'Accepted once Kafka has it on every replica in sync. The payload goes out with the bytes that came in. ' +
      '503 promises nothing: send it again after the time in Retry-After.',
    body: MessageIn,
    query: PublishQuery,
    answers: { 202: MessageOut },
  },
  createBatch: {
    id: 'v1.message.create-batch',
    method: 'post',
    path: '/api/v1/app/:appId/msg/batch',
    needs: 'publish',
    summary: 'Publish up to 500 messages: all of them or none',
    body: MessageBatchIn,
    query: PublishQuery,
    answers: { 202: MessageBatchOut },
  },
} as const satisfies Record<string, PlacedOperation>;
