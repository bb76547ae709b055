import type { LoggedMessage } from '@signpost/ports';

/** MessageOut as JSON text: the payload stands in it as it was sent, large numbers and all. */
export function messageJson(message: LoggedMessage, withContent: boolean): string {
  const head = JSON.stringify({
    id: message.id,
    ...(message.eventId === undefined ? {} : { eventId: message.eventId }),
    eventType: message.eventType,
    channels: message.channels ?? null,
    timestamp: message.acceptedAt.toISOString(),
  });
  return `${head.slice(0, -1)},"payload":${withContent ? payloadText(message.payload) : '{}'}}`;
}

function payloadText(payload: Buffer | undefined): string {
  return payload === undefined ? '{"expired":true}' : payload.toString('utf8');
}
