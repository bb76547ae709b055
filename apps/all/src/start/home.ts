import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ensurePortFree, findFreePort } from '@signpost/testing/embedded';

// What may stay when the data is forgotten: downloads, the lock of this very start, and the log that tells of it.
const KEPT_ON_RESET = ['kafka-jars', 'start.pid', 'bench'];

const SECRETS = {
  'master-key': () => randomBytes(32).toString('base64url'),
  'api-key': () => `sk_${randomBytes(24).toString('base64url')}`,
} as const;

/** The folder in which a start keeps its data, keys, ports and logs from one time to the next. */
export class Home {
  readonly logs: string;

  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.logs = join(folder, 'logs');
    mkdirSync(this.logs, { recursive: true });
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Made once; readable for its owner only. */
  secret(name: keyof typeof SECRETS): string {
    const file = this.path(name);
    if (!existsSync(file)) writePrivate(file, SECRETS[name]());
    return readFileSync(file, 'utf8').trim();
  }

  lastPort(name: string): number | undefined {
    return this.#remembered()[name];
  }

  /** The port that `name` had last time, else the preferred one, else any; the first of them that is free. */
  async port(name: string, preferred?: number): Promise<number> {
    const remembered = this.#remembered();
    for (const candidate of [remembered[name], preferred]) {
      if (candidate !== undefined && (await isFree(candidate))) return this.#remember(name, candidate);
    }
    return this.#remember(name, await findFreePort());
  }

  /** What a later start wants to know; undefined when nothing was kept or what was kept is no JSON. */
  read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.path(name), 'utf8')) as unknown;
    } catch {
      return undefined;
    }
  }

  write(name: string, value: unknown): void {
    writePrivate(this.path(name), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Whether the last start knew something else, or nothing, by this name; only a hash is kept, so it may hold a secret. */
  isNew(name: string, text: string): boolean {
    return this.read(`${name}.known`) !== hash(text);
  }

  know(name: string, text: string): void {
    this.write(`${name}.known`, hash(text));
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Forgets everything but what was fetched from elsewhere. Nothing may run on the data. */
  reset(): void {
    for (const name of readdirSync(this.folder)) {
      if (!KEPT_ON_RESET.includes(name)) rmSync(this.path(name), { recursive: true, force: true });
    }
    mkdirSync(this.logs, { recursive: true });
  }

  #remembered(): Readonly<Record<string, number>> {
    const kept = this.read('ports.json');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter((entry) => typeof entry[1] === 'number'));
  }

  #remember(name: string, port: number): number {
    this.write('ports.json', { ...this.#remembered(), [name]: port });
    return port;
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whole or not at all, and never readable for others, not even for a moment. */
function writePrivate(file: string, text: string): void {
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}

async function isFree(port: number): Promise<boolean> {
  return ensurePortFree(port, '', '').then(
    () => true,
    () => false,
  );
}
