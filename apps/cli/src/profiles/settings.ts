import { ConfigurationError, NoKeyError, UsageError } from '../errors.js';
import type { Profile, ProfileFile } from './profile-file.js';

export type Origin = 'option' | 'environment' | 'profile';

export interface Setting {
  readonly value: string;
  readonly from: Origin;
}

/** What is known of where to ask and as whom. */
export interface Settings {
  readonly profile: string;
  readonly isProfileKnown: boolean;
  readonly server: Setting | undefined;
  readonly key: Setting | undefined;
  readonly app: Setting | undefined;
  readonly listenSecret: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An option is above the environment, and that above the profile. */
export async function loadSettings(
  file: ProfileFile,
  env: Environment,
  asked: { readonly profile: string | undefined; readonly server: string | undefined },
): Promise<Settings> {
  const { current, profiles } = await file.read();
  const profile = asked.profile ?? set(env['SIGNPOST_PROFILE']) ?? current;
  const known: Profile | undefined = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  return {
    profile,
    isProfileKnown: known !== undefined,
    server: first(asked.server, env['SIGNPOST_URL'], known?.server),
    // A key on a command line would be in the shell's history, and in every list of processes.
    key: first(undefined, env['SIGNPOST_API_KEY'], known?.key),
    app: first(undefined, env['SIGNPOST_APP'], known?.app),
    listenSecret: known?.listenSecret,
  };
}

/** @throws ConfigurationError */
export function serverOf({ server, profile }: Settings): string {
  if (server === undefined) {
    throw new ConfigurationError(
      `No server is known: neither --server nor SIGNPOST_URL is given, and the profile "${profile}" names none`,
      'Run `signpost login --server <url>`, or set SIGNPOST_URL and SIGNPOST_API_KEY.',
    );
  }
  if (!URL.canParse(server.value) || !/^https?:/.test(server.value)) {
    throw new ConfigurationError(
      `The server's address is no URL that begins with http:// or https:// (from the ${server.from})`,
      'Correct it; with a running Signpost of this machine it is http://127.0.0.1:8080.',
    );
  }
  return server.value.replace(/\/+$/, '');
}

/** @throws NoKeyError */
export function keyOf({ key, profile }: Settings): string {
  if (key !== undefined && /^[\x21-\x7e]+$/.test(key.value)) return key.value;
  if (key !== undefined) {
    throw new NoKeyError(
      `The API key of the ${key.from} holds something other than visible ASCII characters`,
      'Copy it again: spaces, quotes and line ends do not belong to it.',
    );
  }
  throw new NoKeyError(
    `No API key is known: SIGNPOST_API_KEY is not set, and the profile "${profile}" has none`,
    'Run `signpost login`, or set SIGNPOST_API_KEY.',
  );
}

/** @throws UsageError */
export function appOf({ app, profile }: Settings, asked: string | undefined): string {
  const value = asked ?? app?.value;
  if (value !== undefined) return value;
  throw new UsageError(
    `Which application? Neither --app nor SIGNPOST_APP is given, and the profile "${profile}" names none`,
    'Add --app <id or uid> (`signpost applications list` shows them), or keep one: `signpost config set app <id or uid>`.',
  );
}

function first(
  option: string | undefined,
  variable: string | undefined,
  kept: string | undefined,
): Setting | undefined {
  if (option !== undefined) return { value: option, from: 'option' };
  const given = set(variable);
  if (given !== undefined) return { value: given, from: 'environment' };
  return kept === undefined ? undefined : { value: kept, from: 'profile' };
}

/** A variable that is set to nothing is as good as not set. */
const set = (variable: string | undefined): string | undefined => (variable === '' ? undefined : variable);
