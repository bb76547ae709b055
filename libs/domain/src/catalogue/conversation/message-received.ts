import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, CUSTOMER, MESSAGE_ID, TURN } from '../parts.js';
import { list, record, text } from '../schema.js';

export const MESSAGE_RECEIVED = eventDefinition({
  name: 'message.received',
  version: 1,
  kind: 'conversation',
  description: 'A person has written a chat message.',
  data: record(
    'The chat message.',
    { ...CONVERSATION, turn: TURN, text: text('What was written; empty where there are only attachments.') },
    {
      messageId: MESSAGE_ID,
      channel: CHANNEL,
      customer: CUSTOMER,
      attachments: list(
        'Files that came with it.',
        record('One file.', { url: text('Where it is.', { format: 'uri' }) }, { contentType: text('Its media type.') }),
      ),
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 3,
    text: 'Could you get me a table at Osteria Lume in Sonoma at noon?',
    messageId: 'cm_9f31',
    channel: 'web',
    customer: { id: 'cus_4410' },
  },
});
