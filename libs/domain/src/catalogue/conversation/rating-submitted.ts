import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CUSTOMER } from '../parts.js';
import { integer, record, text } from '../schema.js';

export const RATING_SUBMITTED = eventDefinition({
  name: 'rating.submitted',
  version: 1,
  kind: 'conversation',
  description: 'A person has rated the conversation.',
  data: record(
    'The rating.',
    { ...CONVERSATION, score: integer('From 1, the worst.', 1, 10) },
    {
      best: integer('The best score that could be given; absent: 5.', 2, 10),
      comment: text('In their own words.'),
      customer: CUSTOMER,
    },
  ),
  example: { conversationId: 'cnv_7Q2m', score: 4, best: 5, comment: 'Quick, though it asked for the date twice.' },
});
