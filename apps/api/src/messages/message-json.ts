import { shownPayload } from '@signpost/domain';
import type { LoggedMessage } from '@signpost/ports';
import type { ListAnswer } from '../http/pages.js';

/** MessageOut as JSON text: the payload stands in it as it was sent, large numbers and all. `more`: further fields. */
export function messageJson(message: LoggedMessage, withContent: boolean, more: object = {}): string {
  const head = JSON.stringify({
    id: message.id,
    ...(message.eventId === undefined ? {} : { eventId: message.eventId }),
    eventType: message.eventType,
    channels: message.channels ?? null,
    timestamp: message.acceptedAt.toISOString(),
    ...more,
  });
  return `${head.slice(0, -1)},"payload":${withContent ? payloadText(message.payload) : '{}'}}`;
}

/** A list whose items are JSON texts. */
export function listJson({ data, ...rest }: ListAnswer<string>): string {
  return `{"data":[${data.join(',')}],${JSON.stringify(rest).slice(1)}`;
}

function payloadText(payload: Buffer | undefined): string {
  return payload === undefined ? '{"expired":true}' : shownPayload(payload);
}
