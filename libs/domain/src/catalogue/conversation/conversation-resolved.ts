import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { integer, oneOf, record, text } from '../schema.js';

export const CONVERSATION_RESOLVED = eventDefinition({
  name: 'conversation.resolved',
  version: 1,
  kind: 'conversation',
  description: 'What the person came for is done.',
  data: record(
    'What was resolved, and by whom.',
    { ...CONVERSATION, resolvedBy: oneOf('Who did it.', ['bot', 'agent', 'customer']) },
    { resolution: text('What was done, in a sentence.'), turns: integer('How many it took.', 1) },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    resolvedBy: 'bot',
    resolution: 'A table for two at Osteria Lume was booked for the 8th at noon.',
    turns: 14,
  },
});
