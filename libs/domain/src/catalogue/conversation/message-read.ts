import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, MESSAGE_ID } from '../parts.js';
import { instant, record } from '../schema.js';

export const MESSAGE_READ = eventDefinition({
  name: 'message.read',
  version: 1,
  kind: 'conversation',
  description: 'The person has read a chat message.',
  data: record(
    'Which, and when.',
    { ...CONVERSATION, messageId: MESSAGE_ID, readAt: instant('As the channel says.') },
    { channel: CHANNEL },
  ),
  example: { conversationId: 'cnv_7Q2m', messageId: 'cm_9f32', readAt: '2026-03-09T14:05:12Z', channel: 'whatsapp' },
});
