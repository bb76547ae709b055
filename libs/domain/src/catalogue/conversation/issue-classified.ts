import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CLASSIFICATION, TURN } from '../parts.js';
import { oneOf, record } from '../schema.js';

export const ISSUE_CLASSIFIED = eventDefinition({
  name: 'issue.classified',
  version: 1,
  kind: 'conversation',
  description: 'The AI has understood what the conversation is about, or changed its mind.',
  data: record(
    'What it is about.',
    { ...CONVERSATION, classification: CLASSIFICATION },
    {
      turn: TURN,
      previous: CLASSIFICATION,
      severity: oneOf('How bad it is for the person.', ['low', 'normal', 'high', 'critical']),
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 5,
    classification: {
      intent: 'booking.change',
      topic: 'bookings',
      sentiment: 'neutral',
      confidence: 0.94,
      tags: ['restaurant'],
    },
    severity: 'normal',
  },
});
