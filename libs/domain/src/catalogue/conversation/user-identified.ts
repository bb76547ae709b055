import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CUSTOMER } from '../parts.js';
import { oneOf, record, text } from '../schema.js';

export const USER_IDENTIFIED = eventDefinition({
  name: 'user.identified',
  version: 1,
  kind: 'conversation',
  description: 'It became known who writes.',
  data: record(
    'Who it is.',
    {
      ...CONVERSATION,
      customer: CUSTOMER,
      method: oneOf('How it became known.', ['login', 'form', 'channel', 'asked', 'agent']),
    },
    { previousId: text('The id that they were known by before.') },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    customer: { id: 'cus_4410', name: 'Noor Haddad', email: 'noor@example.com', attributes: { plan: 'gold' } },
    method: 'form',
    previousId: 'visitor_88d1',
  },
});
