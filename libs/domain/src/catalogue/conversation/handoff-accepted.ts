import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { instant, integer, record, text } from '../schema.js';

export const HANDOFF_ACCEPTED = eventDefinition({
  name: 'handoff.accepted',
  version: 1,
  kind: 'conversation',
  description: 'A human has taken over.',
  data: record(
    'Who, and when.',
    {
      ...CONVERSATION,
      handoffId: text('Of the request.'),
      agent: record('The human.', { id: text('As the platform names them.') }, { name: text('Their name.') }),
      acceptedAt: instant('When.'),
    },
    { waitedSeconds: integer('From the request on.') },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    handoffId: 'hnd_52',
    agent: { id: 'agt_7', name: 'Ines' },
    acceptedAt: '2026-03-09T14:05:12Z',
    waitedSeconds: 41,
  },
});
