import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { MESSAGE_ID, SOURCES, TURN } from '../parts.js';
import { oneOf, record, share, text } from '../schema.js';

export const RESPONSE_CONFIDENCE_CROSSED = eventDefinition({
  name: 'response.confidence_crossed',
  version: 1,
  kind: 'conversation',
  description: "An answer's confidence has crossed a threshold.",
  data: record(
    'The answer, and which line it crossed.',
    {
      ...CONVERSATION,
      turn: TURN,
      confidence: share('Of this answer.'),
      threshold: share('The line.'),
      direction: oneOf('To which side.', ['below', 'above']),
      sources: SOURCES,
    },
    { previousConfidence: share('Of the answer before.'), text: text('The answer.'), messageId: MESSAGE_ID },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 10,
    confidence: 0.48,
    threshold: 0.6,
    direction: 'below',
    sources: [{ id: 'kb_097', title: 'Menus', url: 'https://help.example.com/menus', score: 0.41 }],
    previousConfidence: 0.86,
    text: 'I believe that they have vegetarian dishes.',
    messageId: 'cm_9f38',
  },
});
