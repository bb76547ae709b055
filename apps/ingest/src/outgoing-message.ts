import { messageHeaders, messageKey, TOPICS, type MessageRecord } from '@signpost/contracts';
import type { OutgoingRecord } from '@signpost/ports';

/** A message as a record of `messages`: the payload's bytes go in as they came. */
export function outgoingMessage(message: MessageRecord): OutgoingRecord {
  return {
    topic: TOPICS.messages,
    key: messageKey(message),
    value: message.payload,
    headers: messageHeaders(message),
  };
}
