import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@signpost/testing';

const root = join(import.meta.dirname, '..', '..');

export interface RunningFile {
  readonly pid: number;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly processes: readonly { readonly role: string; readonly pid: number; readonly metricsUrl: string }[];
}

/** One `npm start -- <flags>` as a terminal would run it, with its output and its running.json. */
export class StartRun {
  output = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(
    readonly home: string,
    flags: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ) {
    const args = ['--import', join(root, 'tooling', 'typescript.mjs'), join(root, 'apps', 'all', 'src', 'start.ts')];
    this.#child = spawn(process.execPath, [...args, ...flags], {
      env: { ...process.env, NODE_OPTIONS: '', SIGNPOST_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString('utf8');
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get runningFile(): string {
    return join(this.home, 'running.json');
  }

  get facts(): RunningFile {
    return JSON.parse(readFileSync(this.runningFile, 'utf8')) as RunningFile;
  }

  async ready(): Promise<RunningFile> {
    await until(
      () => {
        if (this.#child.exitCode !== null) throw new StartEndedError(this.output);
        return existsSync(this.runningFile);
      },
      {
        timeoutMs: 60_000,
        what: `running.json; it said:\n${this.output}`,
        giveUpOn: (error) => error instanceof StartEndedError,
      },
    );
    return this.facts;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ctrl-C; resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    this.signal('SIGINT');
    return this.exited;
  }

  async call(method: string, path: string, body?: unknown): Promise<Response> {
    const { apiUrl, apiKey } = this.facts;
    return fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

class StartEndedError extends Error {
  constructor(output: string) {
    super(`the start ended before it was ready; it said:\n${output}`);
  }
}

/** Command lines of the processes that work in a folder. */
export function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return commandLine.includes(folder) || environment.includes(`SIGNPOST_HOME=${folder}`)
          ? [`${pid} ${commandLine}`]
          : [];
      } catch {
        return [];
      }
    });
}
