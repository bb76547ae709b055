import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { ACTION, ACTION_ID, PARAMETERS } from '../parts.js';
import { integer, record } from '../schema.js';

export const ACTION_REQUESTED = eventDefinition({
  name: 'action.requested',
  version: 1,
  kind: 'conversation',
  description: 'The bot asks an outside system to do something.',
  data: record(
    'What is asked of whom.',
    { ...CONVERSATION, ...ACTION, parameters: PARAMETERS },
    { actionId: ACTION_ID, timeoutMs: integer('How long the bot waits.', 1) },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 6,
    action: 'Restaurants.Reserve',
    actionId: 'act_19',
    parameters: { restaurant: 'Osteria Lume', location: 'Sonoma', date: '2026-03-08', time: '12:00', seats: '2' },
    timeoutMs: 5000,
  },
});
