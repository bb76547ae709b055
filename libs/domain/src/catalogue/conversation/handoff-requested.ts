import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, CLASSIFICATION, CUSTOMER, TRANSCRIPT } from '../parts.js';
import { list, oneOf, record, text } from '../schema.js';

export const HANDOFF_REQUESTED = eventDefinition({
  name: 'handoff.requested',
  version: 1,
  kind: 'conversation',
  description: 'The bot asks a human to take over.',
  data: record(
    'What an agent needs to begin.',
    {
      ...CONVERSATION,
      handoffId: text('The same when it is accepted.'),
      summary: text('What happened so far, in a few sentences.'),
      customer: CUSTOMER,
      priority: oneOf('How soon somebody is needed.', ['low', 'normal', 'high', 'urgent']),
      classification: CLASSIFICATION,
      attempted: list(
        'What the AI tried, in order.',
        record(
          'One try.',
          { action: text('What it did.'), outcome: oneOf('How it went.', ['succeeded', 'failed', 'declined']) },
          { detail: text('What came back.') },
        ),
      ),
    },
    {
      reason: oneOf('Why.', ['asked-for', 'low-confidence', 'policy', 'repeated-failure']),
      queue: text('Whom it is for.'),
      channel: CHANNEL,
      transcript: TRANSCRIPT,
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    handoffId: 'hnd_52',
    summary: 'Wants a table for two at Osteria Lume at noon on the 8th. Two bookings failed; they asked for a person.',
    customer: { id: 'cus_4410', name: 'Noor Haddad', email: 'noor@example.com', language: 'en' },
    priority: 'high',
    classification: { intent: 'booking.create', topic: 'bookings', sentiment: 'negative', confidence: 0.88 },
    attempted: [
      { action: 'Restaurants.Reserve', outcome: 'failed', detail: 'No table was free at noon.' },
      { action: 'Restaurants.Reserve', outcome: 'failed', detail: 'The system did not answer.' },
    ],
    reason: 'repeated-failure',
    queue: 'bookings',
  },
});
