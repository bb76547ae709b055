import { CONVERSATION, eventDefinition } from '../event-definition.js';
import { MESSAGE_ID, SOURCES, TURN } from '../parts.js';
import { oneOf, record, share, text } from '../schema.js';

export const MESSAGE_SENT = eventDefinition({
  name: 'message.sent',
  version: 1,
  kind: 'conversation',
  description: 'The bot or an agent has answered.',
  data: record(
    'The chat message.',
    { ...CONVERSATION, turn: TURN, text: text('What was answered.') },
    {
      messageId: MESSAGE_ID,
      sender: oneOf('Who answered.', ['bot', 'agent']),
      response: record(
        'How the AI came to it.',
        { confidence: share('How sure the AI is.'), sources: SOURCES },
        { model: text('What made it.') },
      ),
    },
  ),
  example: {
    conversationId: 'cnv_7Q2m',
    turn: 4,
    text: 'Please confirm: Osteria Lume in Sonoma, at noon on the 8th, for two.',
    messageId: 'cm_9f32',
    sender: 'bot',
    response: {
      confidence: 0.93,
      sources: [{ id: 'kb_112', title: 'Opening hours', url: 'https://help.example.com/hours', score: 0.81 }],
    },
  },
});
