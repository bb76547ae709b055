import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { CUSTOMER } from '../parts.js';
import { record, text, values } from '../schema.js';

export const FORM_SUBMITTED = eventDefinition({
  name: 'form.submitted',
  version: 1,
  kind: 'conversation',
  description: 'A person has filled in a form inside the conversation.',
  data: record(
    'The form and what was entered.',
    { ...CONVERSATION, formId: text('As the platform names it.'), fields: values('What was entered, by field.') },
    { customer: CUSTOMER },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    formId: 'table-booking',
    fields: { date: '2026-03-08', seats: 2, terrace: true, note: 'One of us has a nut allergy.' },
  },
});
