import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, MESSAGE_ID } from '../parts.js';
import { flag, record, text } from '../schema.js';

export const MESSAGE_FAILED = eventDefinition({
  name: 'message.failed',
  version: 1,
  kind: 'conversation',
  description: 'A chat message could not be brought to the person.',
  data: record(
    'Which, and why.',
    { ...CONVERSATION, messageId: MESSAGE_ID, reason: text('For people.') },
    { code: text("The channel's own."), channel: CHANNEL, willRetry: flag('Whether the platform tries again.') },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    messageId: 'cm_9f34',
    reason: 'More than 24 hours have passed since the person last wrote.',
    code: '131047',
    channel: 'whatsapp',
    willRetry: false,
  },
});
