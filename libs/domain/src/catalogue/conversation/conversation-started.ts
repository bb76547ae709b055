import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, CUSTOMER } from '../parts.js';
import { list, record, text } from '../schema.js';

export const CONVERSATION_STARTED = eventDefinition({
  name: 'conversation.started',
  version: 1,
  kind: 'conversation',
  description: 'A person has begun to write.',
  data: record(
    'The conversation.',
    { ...CONVERSATION, channel: CHANNEL },
    { customer: CUSTOMER, services: list('What the bot can help with here.', text('One.')) },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    channel: 'web',
    customer: { id: 'cus_4410', language: 'en' },
    services: ['Restaurants'],
  },
});
