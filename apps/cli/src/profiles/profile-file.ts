import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../errors.js';

export interface Profile {
  readonly server?: string;
  readonly key?: string;
  readonly app?: string;
  /** What `listen` signs with. */
  readonly listenSecret?: string;
}

export interface Profiles {
  readonly current: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const USUAL_PROFILE = 'default';
const NONE: Profiles = { current: USUAL_PROFILE, profiles: {} };
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Profiles hold keys: the file is for its owner alone. */
export class ProfileFile {
  readonly path: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const folder = env['XDG_CONFIG_HOME'];
    // A relative path there is invalid and ignored (XDG Base Directory Specification 0.8).
    const home = folder?.startsWith('/') === true ? folder : join(env['HOME'] ?? homedir(), '.config');
    this.path = join(home, 'signpost', 'config.json');
  }

  /** @throws ConfigurationError when the file is there and cannot be understood */
  async read(): Promise<Profiles> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
      throw new ConfigurationError(
        `The profiles in ${this.path} cannot be read: ${(error as Error).message}`,
        'Give yourself the right to read the file, or remove it and log in again.',
      );
    }
    return this.parsed(text);
  }

  /** Replaces the file as a whole, so that no reader ever sees half of it. */
  async write(profiles: Profiles): Promise<void> {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      // The mode holds only for a file that is made here.
      await writeFile(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
      await rename(draft, this.path);
    } catch (error) {
      throw new ConfigurationError(
        `The profiles cannot be written to ${this.path}: ${(error as Error).message}`,
        'Make the folder writable, or set XDG_CONFIG_HOME to one that is.',
      );
    }
  }

  async change(name: string, change: (profile: Profile) => Profile): Promise<void> {
    const { current, profiles } = await this.read();
    await this.write({ current, profiles: { ...profiles, [name]: change(profiles[name] ?? {}) } });
  }

  /** Whether somebody else may read it; false where it is not there. */
  async isOpenToOthers(): Promise<boolean> {
    const found = await stat(this.path).catch(() => undefined);
    return found !== undefined && process.platform !== 'win32' && (found.mode & OTHERS) !== 0;
  }

  private parsed(text: string): Profiles {
    try {
      const { current, profiles } = JSON.parse(text) as Partial<Profiles>;
      if (typeof current === 'string' && typeof profiles === 'object') return { current, profiles };
    } catch {
      // Said below: the text of JSON's own error would show a part of the file, and that may be a key.
    }
    throw new ConfigurationError(
      `The profiles in ${this.path} are no JSON of the form that signpost writes`,
      'Mend the file, or remove it and run `signpost login` again.',
    );
  }
}
