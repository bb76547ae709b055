import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, MESSAGE_ID } from '../parts.js';
import { instant, record } from '../schema.js';

export const MESSAGE_DELIVERED = eventDefinition({
  name: 'message.delivered',
  version: 1,
  kind: 'conversation',
  description: "A chat message has reached the person's device.",
  data: record(
    'Which, and when.',
    { ...CONVERSATION, messageId: MESSAGE_ID, deliveredAt: instant('As the channel says.') },
    { channel: CHANNEL },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    messageId: 'cm_9f32',
    deliveredAt: '2026-03-09T14:05:12Z',
    channel: 'whatsapp',
  },
});
