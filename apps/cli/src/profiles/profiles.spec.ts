import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliHome } from '../cli.fixture.js';
import { ProfileFile } from './profile-file.js';
import { appOf, keyOf, loadSettings, serverOf } from './settings.js';

const NOTHING = { profile: undefined, server: undefined };

describe('profiles', () => {
  let home: CliHome;
  let file: ProfileFile;
  beforeEach(() => {
    home = new CliHome();
    file = new ProfileFile({ XDG_CONFIG_HOME: home.folder });
  });
  afterEach(() => home.remove());

  it('lie where XDG says, and in ~/.config else', () => {
    expect(file.path).toBe(home.file);
    expect(new ProfileFile({ HOME: '/home/zoe' }).path).toBe('/home/zoe/.config/signpost/config.json');
    expect(new ProfileFile({ HOME: '/home/zoe', XDG_CONFIG_HOME: 'relative' }).path).toBe(
      '/home/zoe/.config/signpost/config.json',
    );
  });

  it('are kept for their owner alone, whatever the file was before', async () => {
    await file.change('default', () => ({ key: 'sk_one' }));
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    chmodSync(file.path, 0o644);
    expect(await file.isOpenToOthers()).toBe(true);
    await file.change('default', (kept) => ({ ...kept, app: 'acme' }));
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(await file.isOpenToOthers()).toBe(false);
    expect((await file.read()).profiles['default']).toEqual({ key: 'sk_one', app: 'acme' });
  });

  it('are none where there is no file', async () => {
    expect(await file.read()).toEqual({ current: 'default', profiles: {} });
    expect(existsSync(file.path)).toBe(false);
  });

  it('say where the file is that cannot be read, and nothing of what is in it', async () => {
    await file.write({ current: 'default', profiles: {} });
    writeFileSync(file.path, '{"profiles": sk_secret');
    const said = await file.read().then(
      () => 'nothing',
      (thrown: unknown) => (thrown as Error).message,
    );
    expect(said).toContain(file.path);
    expect(said).not.toContain('sk_secret');
  });

  it('stand below the environment, and that below options', async () => {
    await file.write({
      current: 'one',
      profiles: { one: { server: 'http://one', key: 'sk_one', app: 'a' }, two: { server: 'http://two' } },
    });
    const kept = await loadSettings(file, {}, NOTHING);
    expect([serverOf(kept), keyOf(kept), appOf(kept, undefined)]).toEqual(['http://one', 'sk_one', 'a']);
    expect(appOf(kept, 'asked')).toBe('asked');
    const env = { SIGNPOST_URL: 'http://env/', SIGNPOST_API_KEY: 'sk_env', SIGNPOST_APP: '' };
    const above = await loadSettings(file, env, NOTHING);
    expect([serverOf(above), keyOf(above), appOf(above, undefined)]).toEqual(['http://env', 'sk_env', 'a']);
    expect(serverOf(await loadSettings(file, env, { profile: undefined, server: 'http://asked' }))).toBe(
      'http://asked',
    );
    const two = await loadSettings(file, { SIGNPOST_PROFILE: 'two' }, NOTHING);
    expect(serverOf(two)).toBe('http://two');
    expect(() => keyOf(two)).toThrow(/the profile "two" has none/);
    expect((await loadSettings(file, { SIGNPOST_PROFILE: 'two' }, { profile: 'one', server: undefined })).profile).toBe(
      'one',
    );
    expect((await loadSettings(file, {}, { profile: 'constructor', server: undefined })).isProfileKnown).toBe(false);
  });

  it('refuse a key that was copied with something around it, without showing it', async () => {
    const settings = await loadSettings(file, { SIGNPOST_API_KEY: 'sk_secret\n' }, NOTHING);
    expect(() => keyOf(settings)).toThrow(/visible ASCII/);
    expect(() => keyOf(settings)).not.toThrow(/sk_secret/);
  });

  it('never show a key', async () => {
    await file.write({ current: 'default', profiles: { default: { server: 'http://one', key: 'sk_topsecret' } } });
    for (const words of [
      ['config', 'show'],
      ['config', 'list'],
      ['config', 'path'],
      ['config', 'set', 'app', 'x'],
    ]) {
      for (const more of [[], ['--json']]) {
        const { code, out, err } = await home.run([...words, ...more]);
        expect(code).toBe(0);
        expect(out + err).not.toContain('topsecret');
      }
    }
    expect(readFileSync(file.path, 'utf8')).toContain('sk_topsecret');
  });

  it('are chosen, set and forgotten', async () => {
    await file.write({ current: 'one', profiles: { one: {}, two: { server: 'http://two' } } });
    expect((await home.run(['config', 'use', 'two'])).code).toBe(0);
    expect(await home.json(['config', 'show'])).toMatchObject({ profile: 'two', apiKey: null });
    expect((await home.run(['config', 'use', 'three'])).code).toBe(2);
    expect((await home.run(['config', 'set', 'server', 'nonsense'])).code).toBe(2);
    expect((await home.run(['config', 'set', 'app', 'acme'])).code).toBe(0);
    expect((await file.read()).profiles['two']).toEqual({ server: 'http://two', app: 'acme' });
    expect((await home.run(['config', 'set', 'app', ''])).code).toBe(0);
    expect((await file.read()).profiles['two']).toEqual({ server: 'http://two' });
    expect((await home.run(['logout'])).code).toBe(0);
    expect((await home.run(['logout'])).code).toBe(2);
    expect(await home.json(['config', 'list'])).toMatchObject({ data: [{ name: 'one' }] });
  });
});
