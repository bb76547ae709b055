import { command, type Given } from '../../specification/command.js';
import { argument, LIMIT, text } from '../../specification/options.js';

const OPTIONS = {
  app: text('id or uid', 'Where an event id is known in several applications: of this one.'),
  endpoint: text('id or uid', 'About this endpoint alone.'),
  limit: LIMIT,
} as const;
const ARGUMENTS = {
  id: argument('A webhook-id (message), delivery, attempt or event id, or topic:partition:offset of the source.'),
} as const;
export type ExplainGiven = Given<typeof OPTIONS, typeof ARGUMENTS>;

export const EXPLAIN = command({
  name: 'explain',
  summary:
    'Why a message went where it went, or did not: each endpoint, the rule that decided, every stage, and what is next.',
  examples: ['explain msg_…', 'explain order-4711 --app acme', 'explain platform.events:3:1042'],
  options: OPTIONS,
  arguments: ARGUMENTS,
  load: async () => (await import('./explain.js')).explain,
});
