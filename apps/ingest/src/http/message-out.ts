import type { MessageIn } from '@signpost/contracts';
import { timeOfId, type MessageId } from '@signpost/domain';

export interface Answered {
  readonly id: MessageId;
  readonly message: MessageIn;
  /** A JSON object. */
  readonly content: Buffer;
}

const END = Buffer.from('}');

/** Svix's MessageOut as bytes: the payload is put in as it came, without parsing it again. */
export function messageOut({ id, message, content }: Answered): Buffer {
  const { eventType, eventId, channels, tags } = message;
  const timestamp = new Date(timeOfId(id) ?? 0).toISOString();
  const fields = JSON.stringify({
    id,
    timestamp,
    eventType,
    eventId: eventId ?? undefined,
    channels: channels ?? null,
    tags: tags ?? undefined,
  });
  return Buffer.concat([Buffer.from(`${fields.slice(0, -1)},"payload":`), content, END]);
}

/** `{ "data": [MessageOut, …] }` as bytes. */
export function messagesOut(messages: readonly Answered[]): Buffer {
  const parts: Buffer[] = [Buffer.from('{"data":[')];
  messages.forEach((message, index) => {
    if (index > 0) parts.push(Buffer.from(','));
    parts.push(messageOut(message));
  });
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}
