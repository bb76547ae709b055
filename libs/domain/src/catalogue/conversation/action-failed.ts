import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { ACTION, ACTION_ID, DURATION_MS, PARAMETERS } from '../parts.js';
import { flag, record, text } from '../schema.js';

export const ACTION_FAILED = eventDefinition({
  name: 'action.failed',
  version: 1,
  kind: 'conversation',
  description: 'The outside system could not do it.',
  data: record(
    'Why not.',
    { ...CONVERSATION, ...ACTION, reason: text('For people.') },
    {
      actionId: ACTION_ID,
      parameters: PARAMETERS,
      code: text("The system's own, or http:<status>."),
      willRetry: flag('Whether the platform tries again.'),
      durationMs: DURATION_MS,
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 6,
    action: 'Restaurants.Reserve',
    actionId: 'act_19',
    reason: 'No table was free at noon.',
    code: 'http:409',
    willRetry: false,
    durationMs: 612,
  },
});
