import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { MESSAGE_ID, SOURCES, TURN } from '../parts.js';
import { oneOf, record, share, text } from '../schema.js';

export const FEEDBACK_NEGATIVE = eventDefinition({
  name: 'feedback.negative',
  version: 1,
  kind: 'conversation',
  description: 'A person has said that an answer did not help.',
  data: record(
    'Which answer, and what was wrong with it.',
    { ...CONVERSATION, turn: TURN },
    {
      messageId: MESSAGE_ID,
      reason: oneOf('What was wrong.', ['incorrect', 'incomplete', 'off-topic', 'tone', 'other']),
      comment: text('In their own words.'),
      response: record(
        'The answer.',
        { text: text('As it was given.') },
        { confidence: share('How sure the AI was.'), sources: SOURCES },
      ),
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 10,
    messageId: 'cm_9f38',
    reason: 'incorrect',
    comment: 'They do have vegetarian dishes.',
    response: {
      text: 'They have no vegetarian dishes, and their prices are moderate.',
      confidence: 0.71,
      sources: [{ id: 'kb_097', title: 'Menus', score: 0.64 }],
    },
  },
});
