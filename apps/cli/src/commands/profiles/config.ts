import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { loadSettings, type Setting } from '../../profiles/settings.js';
import type { SetGiven, ShowGiven, UseGiven } from './specification.js';

export async function showConfig(context: Context, { name }: ShowGiven): Promise<void> {
  const { output, profiles, surroundings, asked } = context;
  const settings = await loadSettings(profiles, surroundings.env, {
    profile: name ?? asked.profile,
    server: asked.server,
  });
  if (name !== undefined && !settings.isProfileKnown) throw unknown(name);
  const key = settings.key === undefined ? undefined : { value: 'set', from: settings.key.from };
  if (output.isJson) {
    const { profile, server, app } = settings;
    output.json({ profile, server: server ?? null, app: app ?? null, apiKey: key ?? null, file: profiles.path });
    return;
  }
  output.fields([
    ['profile', settings.profile],
    ['server', shown(settings.server)],
    ['application', shown(settings.app)],
    ['API key', shown(key)],
    ['file', profiles.path],
  ]);
  if (await profiles.isOpenToOthers()) output.note(`Others can read ${profiles.path}: chmod 600 it.`);
}

const shown = (setting: Setting | undefined): string =>
  setting === undefined ? 'none' : `${setting.value}  (${setting.from})`;

export async function listProfiles({ output, profiles }: Context): Promise<void> {
  const { current, profiles: kept } = await profiles.read();
  const rows = Object.entries(kept).map(([name, { server, app, key }]) => ({
    name,
    isCurrent: name === current,
    server: server ?? null,
    app: app ?? null,
    hasKey: key !== undefined,
  }));
  output.list(
    { rows, isCut: false },
    [
      { title: '', of: ({ isCurrent }) => (isCurrent ? '*' : '') },
      { title: 'profile', of: ({ name }) => name, isWhole: true },
      { title: 'server', of: ({ server }) => server ?? '' },
      { title: 'application', of: ({ app }) => app ?? '' },
      { title: 'key', of: ({ hasKey }) => (hasKey ? 'kept' : 'none') },
    ],
    'No profile is kept. `signpost login` makes one.',
  );
}

export async function useProfile({ output, profiles }: Context, { name }: UseGiven): Promise<void> {
  const kept = await profiles.read();
  if (!Object.hasOwn(kept.profiles, name)) throw unknown(name);
  await profiles.write({ ...kept, current: name });
  if (output.isJson) output.json({ profile: name });
  else output.line(`Using the profile "${name}".`);
}

export async function setValue(context: Context, { name, value }: SetGiven): Promise<void> {
  const { profile } = await context.settings();
  if (name === 'server' && value !== '' && !/^https?:\/\/[^/]/.test(value)) {
    throw new UsageError(`"${value}" is no URL that begins with http:// or https://`, 'Give the whole address.');
  }
  await context.profiles.change(profile, (kept) => {
    const rest = Object.fromEntries(Object.entries(kept).filter(([key]) => key !== name));
    return value === '' ? rest : { ...rest, [name]: value };
  });
  if (context.output.isJson) context.output.json({ profile, [name]: value });
  else
    context.output.line(`The profile "${profile}" has ${value === '' ? `no ${name} any more` : `${name} ${value}`}.`);
}

export async function printPath({ output, profiles }: Context): Promise<void> {
  if (output.isJson) output.json({ file: profiles.path });
  else output.line(profiles.path);
}

const unknown = (name: string): UsageError =>
  new UsageError(
    `There is no profile "${name}"`,
    '`signpost config list` shows those that there are; `signpost login` makes one.',
  );
