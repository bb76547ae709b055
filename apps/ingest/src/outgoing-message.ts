import { messageHeaders, messageKey, TOPICS, type MessageRecord } from '@signpost/contracts';
import type { OutgoingRecord } from '@signpost/ports';
import type { Way } from './quotas/intake-quotas.js';

/** A message as a record of the topic that it takes: the payload's bytes go in as they came. */
export function outgoingMessage(message: MessageRecord, way: Way): OutgoingRecord {
  const marked: MessageRecord = way === TOPICS.messages ? message : { ...message, isOverQuota: true };
  return { topic: way, key: messageKey(marked), value: message.payload, headers: messageHeaders(marked) };
}
