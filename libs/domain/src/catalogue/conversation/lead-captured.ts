import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CHANNEL, CONTACT, QUALIFICATION, TRANSCRIPT } from '../parts.js';
import { record, text, values } from '../schema.js';

export const LEAD_CAPTURED = eventDefinition({
  name: 'lead.captured',
  version: 1,
  kind: 'conversation',
  description: 'A conversation has brought somebody who may buy.',
  data: record(
    'Whom to reach, why, and the whole conversation.',
    {
      ...CONVERSATION,
      leadId: text('As the platform names it.'),
      contact: CONTACT,
      qualification: QUALIFICATION,
      transcript: TRANSCRIPT,
    },
    { channel: CHANNEL, source: values('Where they came from: page, campaign, referrer.') },
  ),
  example: {
    conversationId: 'cnv_8K1t',
    leadId: 'led_301',
    contact: { name: 'Ada Byrne', email: 'ada@example.com', phone: '+3531234567', company: 'Byrne & Daughters' },
    qualification: {
      score: 78,
      stage: 'qualified',
      interest: 'A yearly plan for twelve people',
      timeframe: 'before summer',
      answers: { seats: 12, tool: 'a shared mailbox' },
    },
    transcript: [
      { turn: 1, speaker: 'user', text: 'Hi, do you have something for a team of twelve?', at: '2026-03-09T14:01:40Z' },
      { turn: 2, speaker: 'bot', text: 'We do. What do you use today?', at: '2026-03-09T14:01:41Z' },
      {
        turn: 3,
        speaker: 'user',
        text: 'A shared mailbox. We want to change before summer.',
        at: '2026-03-09T14:02:20Z',
      },
    ],
    channel: 'web',
    source: { page: '/pricing', campaign: 'spring' },
  },
});
