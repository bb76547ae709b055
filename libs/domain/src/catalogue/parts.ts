import { instant, integer, list, oneOf, record, share, text, values } from './schema.js';

/** What several event types carry in one form. */

export const CHANNEL = text('Where the person writes: web, whatsapp, telegram, …');
export const TURN = integer('Position in the conversation, counted from 1.', 1);
export const MESSAGE_ID = text('The chat message, as the platform or its channel names it.');

const NAME = text("The person's name.");
const EMAIL = text('An e-mail address.', { format: 'email' });
const PHONE = text('A telephone number in the form of E.164.');

export const CUSTOMER = record(
  'The person who writes.',
  { id: text('As the platform names them.') },
  {
    name: NAME,
    email: EMAIL,
    phone: PHONE,
    language: text('BCP 47: en, pt-BR.'),
    attributes: values('What else is known of them.'),
  },
);

export const CONTACT = record(
  'How to reach them: at least one way is there.',
  {},
  { name: NAME, email: EMAIL, phone: PHONE, company: text('Where they work.'), role: text('What they do there.') },
);

export const QUALIFICATION = record(
  'What the conversation found out of how good the lead is.',
  { score: integer('From 0 to 100.', 0, 100) },
  {
    stage: oneOf('How far it is.', ['new', 'engaged', 'qualified', 'disqualified']),
    interest: text('What they want.'),
    budget: text('In their own words.'),
    timeframe: text('In their own words.'),
    answers: values('What they were asked and said.'),
  },
);

export const TRANSCRIPT = list(
  'What was said, from the beginning.',
  record(
    'One turn.',
    { turn: TURN, speaker: oneOf('Who said it.', ['user', 'bot', 'agent']), text: text('What was said.') },
    { at: instant('When.') },
  ),
);

export const CLASSIFICATION = record(
  'What the conversation is about, as the AI understands it.',
  { intent: text('What the person wants: booking.change.'), confidence: share('How sure the AI is.') },
  {
    topic: text('A wider name: bookings.'),
    sentiment: oneOf('How they feel.', ['positive', 'neutral', 'negative']),
    language: text('BCP 47.'),
    tags: list('Free names.', text('One.')),
  },
);

export const SOURCES = list(
  'What the answer was made from, the weightiest first.',
  record(
    'One source.',
    { id: text('As the knowledge base names it.') },
    { title: text('Its title.'), url: text('Where it can be read.', { format: 'uri' }), score: share('Its weight.') },
  ),
);

export const ACTION = {
  turn: TURN,
  action: text('The system and what it is asked to do: Restaurants.Reserve.', { minLength: 1 }),
} as const;
export const ACTION_ID = text('The same in the request and in what became of it.');
export const PARAMETERS = values('What the action was asked with.');
export const DURATION_MS = integer('Milliseconds from the request on.');
