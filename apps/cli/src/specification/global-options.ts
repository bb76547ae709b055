import type { OptionValues } from './command.js';
import { durationOr, flag, text, url } from './options.js';

/** Options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS = {
  profile: text('name', 'The profile to use; the current one, or SIGNPOST_PROFILE, unless it is given.'),
  server: url("Signpost's address; the profile's, or SIGNPOST_URL, unless it is given."),
  json: flag('Answer in JSON, for programs. What streams has one object a line.'),
  noColor: flag('No colours; NO_COLOR in the environment does the same.'),
  timeout: durationOr(30_000, 'How long one request to the server may take.', { min: 100, max: 600_000 }),
} as const;

export type GlobalValues = OptionValues<typeof GLOBAL_OPTIONS>;

/** What a command reads of the environment. */
export const VARIABLES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'SIGNPOST_URL', meaning: "Signpost's address; above the profile's" },
  { name: 'SIGNPOST_API_KEY', meaning: "the API key; above the profile's" },
  { name: 'SIGNPOST_APP', meaning: "the application's id or uid; above the profile's" },
  { name: 'SIGNPOST_PROFILE', meaning: 'the profile to use' },
  {
    name: 'XDG_CONFIG_HOME',
    meaning: 'where the folder `signpost` with `config.json` lies; `~/.config` unless it is set',
  },
  { name: 'NO_COLOR', meaning: 'no colours, whatever it is set to' },
  { name: 'FORCE_COLOR', meaning: 'colours also where no person reads, unless it is 0' },
  { name: 'SIGNPOST_WEBHOOK_SECRET', meaning: 'the secret that `verify --secret -` checks with' },
  { name: 'SIGNPOST_DEBUG', meaning: '1: where a fault of signpost itself happened' },
  { name: 'KAFKA_BROKERS', meaning: '`doctor` looks whether each answers' },
  { name: 'DATABASE_URL', meaning: '`doctor` looks whether PostgreSQL answers there' },
];
