import type { MessageRecord } from '@signpost/contracts';

const NO_CONTENT = Buffer.from('{}');
const END = Buffer.from('}');

/** Svix's MessageOut as bytes: the payload is put in as it came, without parsing it again. */
export function messageOut(message: MessageRecord, withContent: boolean): Buffer {
  const { id, eventType, eventId, channels, acceptedAtMs, payload } = message;
  const fields = JSON.stringify({ id, timestamp: new Date(acceptedAtMs).toISOString(), eventType, eventId, channels });
  const start = Buffer.from(`${fields.slice(0, -1)},"payload":`);
  return Buffer.concat([start, withContent ? payload : NO_CONTENT, END]);
}

/** `{ "data": [MessageOut, …] }` as bytes. */
export function messagesOut(messages: readonly MessageRecord[], withContent: boolean): Buffer {
  const parts: Buffer[] = [Buffer.from('{"data":[')];
  messages.forEach((message, index) => {
    if (index > 0) parts.push(Buffer.from(','));
    parts.push(messageOut(message, withContent));
  });
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}
