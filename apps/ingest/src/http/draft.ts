import type { MessageIn, MessageRecord } from '@signpost/contracts';
import { shownPayload, timeOfId, type ApplicationId, type MessageId } from '@signpost/domain';

/** What came in, with the payload's own bytes. */
export interface Draft {
  readonly message: MessageIn;
  readonly payload: Buffer;
  /** Its place among the messages of a batch; undefined for a message by itself. */
  readonly index?: number;
}

/** A field of the draft, as people write it: payload, data[3].payload. */
export function fieldOf({ index }: Pick<Draft, 'index'>, name: string): string {
  return index === undefined ? name : `data[${String(index)}].${name}`;
}

const HOUR_MS = 3_600_000;

/** The draft as the message of this id: an id carries the time of its message. */
export function messageOf({ message, payload }: Draft, id: MessageId, applicationId: ApplicationId): MessageRecord {
  const acceptedAtMs = timeOfId(id) ?? 0;
  const hours = retentionHours(message);
  return {
    id,
    applicationId,
    eventType: message.eventType,
    acceptedAtMs,
    payload,
    ...(message.eventId == null ? {} : { eventId: message.eventId }),
    ...(message.channels == null ? {} : { channels: message.channels }),
    ...(message.tags == null || message.tags.length === 0 ? {} : { tags: message.tags }),
    ...(message.conversationId == null ? {} : { conversationId: message.conversationId }),
    ...(hours === undefined ? {} : { payloadExpiresAtMs: acceptedAtMs + hours * HOUR_MS }),
  };
}

function retentionHours({ payloadRetentionPeriod, payloadRetentionHours }: MessageIn): number | undefined {
  if (payloadRetentionHours != null) return payloadRetentionHours;
  return payloadRetentionPeriod == null ? undefined : payloadRetentionPeriod * 24;
}

const NO_CONTENT = Buffer.from('{}');

/** What the answer shows of the payload. Only a raw payload may be no JSON object. */
export function contentOf({ message, payload }: Draft, withContent: boolean): Buffer {
  if (!withContent) return NO_CONTENT;
  return message.transformationsParams?.rawPayload == null ? payload : Buffer.from(shownPayload(payload));
}
