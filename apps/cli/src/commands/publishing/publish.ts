import { inPath, type ApiClient } from '../../api/client.js';
import type { Message } from '../../api/message.js';

export interface Publication {
  readonly app: string;
  readonly eventType: string;
  /** A JSON object, delivered as it stands. */
  readonly payload: Buffer;
  readonly channels?: readonly string[] | undefined;
  readonly conversation?: string | undefined;
  readonly eventId?: string | undefined;
  readonly idempotencyKey: string;
}

/** Publishes one event; may try again, since its key makes the server take it in once. */
export function publish(client: ApiClient, publication: Publication): Promise<Message> {
  const { app, eventType, payload, channels, conversation, eventId, idempotencyKey } = publication;
  const about = JSON.stringify({ eventType, channels, conversationId: conversation, eventId });
  // Put together as bytes: written anew, the payload would not be what the person gave.
  const body = Buffer.concat([Buffer.from(`${about.slice(0, -1)},"payload":`), payload, Buffer.from('}')]);
  return client.call<Message>('POST', `/api/v1/app/${inPath(app)}/msg`, {
    body,
    query: { with_content: false },
    idempotencyKey,
  });
}
