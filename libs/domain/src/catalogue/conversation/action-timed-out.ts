import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { ACTION, ACTION_ID, PARAMETERS } from '../parts.js';
import { integer, record } from '../schema.js';

export const ACTION_TIMED_OUT = eventDefinition({
  name: 'action.timed_out',
  version: 1,
  kind: 'conversation',
  description: 'The outside system did not answer in time; the conversation went on without it.',
  data: record(
    'What was waited for.',
    { ...CONVERSATION, ...ACTION, timeoutMs: integer('How long the bot waited.', 1) },
    { actionId: ACTION_ID, parameters: PARAMETERS },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 6,
    action: 'Restaurants.Reserve',
    actionId: 'act_19',
    timeoutMs: 5000,
  },
});
