import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { integer, oneOf, record } from '../schema.js';

export const CONVERSATION_ENDED = eventDefinition({
  name: 'conversation.ended',
  version: 1,
  kind: 'conversation',
  description: 'The conversation is over, whatever came of it.',
  data: record(
    'How it ended.',
    {
      ...CONVERSATION,
      turns: integer('How many there were.'),
      reason: oneOf('Why.', ['completed', 'abandoned', 'handed-off', 'timed-out', 'closed']),
    },
    { durationSeconds: integer('From the first turn to the last.') },
  ),
  example: { conversationId: 'cnv_7Q2m', turns: 14, reason: 'completed', durationSeconds: 212 },
});
