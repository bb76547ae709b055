import { parseArgs } from 'node:util';
import type { RoleName } from '@signpost/runtime';
import { ALL_ROLES, readRoleNames } from '../role-names.js';
import { StartError } from './errors.js';

export interface StartFlags {
  /** Verify every delivery of a bounded demonstration, then stop. */
  readonly check: boolean;
  readonly roles: readonly RoleName[];
  /** One process a role, behind a proxy. */
  readonly apart: boolean;
  readonly demo: boolean;
  readonly reset: boolean;
  readonly help: boolean;
}

const OPTIONS = {
  check: { type: 'boolean' },
  roles: { type: 'string' },
  apart: { type: 'boolean' },
  'no-demo': { type: 'boolean' },
  reset: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `Usage: npm start -- [flags]

Starts Kafka, PostgreSQL and every role of Signpost on this machine, with a demonstration. Ctrl-C stops all of it
and loses nothing: the next start goes on where this one was.

  --check           send a bounded number of conversations, verify that every delivery arrived signed, and stop
  --roles a,b       run these roles only: ${ALL_ROLES.join(', ')}
  --apart           each role in a process of its own, behind one proxy
  --no-demo         make an API key and send nothing
  --reset           forget the data of earlier starts first
  --help            this text

Settings from the environment:
  KAFKA_BROKERS     use this Kafka instead of starting one
  DATABASE_URL      use this PostgreSQL instead of starting one
  PORT              where the API listens (default: 8080, or a free port)
  SIGNPOST_HOME     where data, keys and logs are kept (default: .signpost)
`;

/** @throws StartError or UnknownRoleError with one sentence */
export function parseFlags(args: readonly string[]): StartFlags {
  // Not strict: Node's own messages explain parseArgs, not this command.
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw invalid(`"${token.value}" is no flag`);
    if (token.kind === 'option') {
      if (!Object.hasOwn(OPTIONS, token.name)) throw invalid(`there is no flag ${token.rawName}`);
      if (token.name !== 'roles' && token.value !== undefined) throw invalid(`${token.rawName} takes no value`);
      if (token.name === 'roles' && !isList(token.value)) throw invalid('--roles needs a comma list of roles');
    }
  }
  const roles = readRoleNames(typeof values.roles === 'string' ? values.roles : undefined, '--roles');
  const flags = {
    check: values.check === true,
    roles,
    apart: values.apart === true,
    demo: values['no-demo'] !== true,
    reset: values.reset === true,
    help: values.help === true,
  };
  if (flags.check && !flags.demo) throw invalid('--check verifies the demonstration, so it cannot go with --no-demo');
  if (flags.check && roles.length < ALL_ROLES.length)
    throw invalid('--check needs every role, so it cannot go with --roles');
  return flags;
}

function isList(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !value.startsWith('-');
}

function invalid(what: string): StartError {
  return new StartError('flags_invalid', `${what}; "npm start -- --help" lists what there is`);
}
