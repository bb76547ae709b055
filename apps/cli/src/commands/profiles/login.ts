import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { keyOf, serverOf } from '../../profiles/settings.js';
import type { LoginGiven } from './specification.js';

const LONGEST_KEY = 4_096;

export async function login(context: Context, { app, keyStdin }: LoginGiven): Promise<void> {
  const settings = await context.settings();
  const server = serverOf(settings);
  const typed = await keyFrom(context, keyStdin);
  // Checked as every key is, so that a stray quote is found here and not at the first use.
  const key = keyOf({ ...settings, key: { value: typed, from: 'option' } });
  // A key without the scope to look is a good one, too.
  const answer = await context.clientOf(server, key).anyAnswer('GET', '/api/v1/app', { query: { limit: 1 } });
  if (answer.status !== 403) await context.clientOf(server, key).answer('GET', '/api/v1/app', { query: { limit: 1 } });
  if (app !== undefined) await context.clientOf(server, key).get(`/api/v1/app/${encodeURIComponent(app)}`);
  await context.profiles.change(settings.profile, (kept) => ({
    ...kept,
    server,
    key,
    ...(app === undefined ? {} : { app }),
  }));
  const { output, profiles } = context;
  if (output.isJson) output.json({ profile: settings.profile, server, file: profiles.path });
  else output.line(`Logged in at ${server} as the profile "${settings.profile}", kept in ${profiles.path}.`);
  if (!settings.isProfileKnown) await useFirst(context, settings.profile);
}

export async function logout(context: Context): Promise<void> {
  const { profile } = await context.settings();
  const { current, profiles } = await context.profiles.read();
  if (!Object.hasOwn(profiles, profile)) {
    throw new UsageError(`There is no profile "${profile}"`, '`signpost config list` shows those that there are.');
  }
  const kept = Object.entries(profiles).filter(([name]) => name !== profile);
  await context.profiles.write({ current, profiles: Object.fromEntries(kept) });
  if (context.output.isJson) context.output.json({ profile, forgotten: true });
  else context.output.line(`Forgot the profile "${profile}". Its key stays good until it is revoked.`);
}

async function useFirst({ profiles }: Context, name: string): Promise<void> {
  const kept = await profiles.read();
  if (!Object.hasOwn(kept.profiles, kept.current)) await profiles.write({ ...kept, current: name });
}

async function keyFrom(context: Context, isFromStdin: boolean): Promise<string> {
  const { stdin, env } = context.surroundings;
  if (isFromStdin) return readLine(stdin);
  const given = env['SIGNPOST_API_KEY'];
  if (given !== undefined && given !== '') return given;
  if (context.mayAsk) return (await context.surroundings.ask('API key: ', true)).trim();
  throw new UsageError(
    'No API key is given, and nobody is there to be asked',
    'Pipe it in with --key-stdin, or set SIGNPOST_API_KEY.',
  );
}

async function readLine(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > LONGEST_KEY) break;
  }
  const key = text.trim();
  if (key !== '' && key.length <= LONGEST_KEY) return key;
  throw new UsageError('Standard input holds no API key', 'Pipe the key in, and nothing else.');
}
