import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { ACTION, ACTION_ID, DURATION_MS, PARAMETERS } from '../parts.js';
import { list, record, values } from '../schema.js';

export const ACTION_COMPLETED = eventDefinition({
  name: 'action.completed',
  version: 1,
  kind: 'conversation',
  description: 'The outside system has done it.',
  data: record(
    'What came back.',
    { ...CONVERSATION, ...ACTION, results: list('What the system answered.', values('One result.')) },
    { actionId: ACTION_ID, parameters: PARAMETERS, durationMs: DURATION_MS },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 6,
    action: 'Restaurants.Reserve',
    actionId: 'act_19',
    results: [{ reference: 'R-5521', restaurant: 'Osteria Lume', seats: '2', terrace: 'False' }],
    durationMs: 840,
  },
});
