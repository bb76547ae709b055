import { command, type Given } from '../../specification/command.js';
import { SINCE, text, UNTIL } from '../../specification/options.js';

const OPTIONS = {
  app: text('id or uid', 'Of this application; of all, unless it is given.'),
  since: SINCE,
  until: UNTIL,
} as const;
export type AuditGiven = Given<typeof OPTIONS>;

export const AUDIT = command({
  name: 'audit',
  summary: 'Prove that every accepted event has its fate, or name each that has not.',
  description:
    'What was accepted = what matched nobody + what matched; what matched = all fates + what is still owed. Exit code 0: it adds up; 7: it does not, and every id that breaks it is printed.',
  examples: ['audit --since 24h', 'audit --app acme --since 2026-01-31T00:00:00Z --until 2026-02-01T00:00:00Z --json'],
  options: OPTIONS,
  load: async () => (await import('./audit.js')).audit,
});
