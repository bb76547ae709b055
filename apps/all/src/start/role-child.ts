import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RoleName } from '@signpost/runtime';
import { endLeftover, roleArguments, roleMain, ServiceProcess } from '@signpost/testing/embedded';
import { StartError } from './errors.js';
import type { Home } from './home.js';
import type { Narrator } from './narrator.js';
import type { RoleWatcher } from './running-roles.js';

const READY_WITHIN_MS = 60_000;
const SHOWN_OF_LOG = 300;
const START_TRIES = 3;
const GRACE_MS = 20_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const STEADY_AFTER_MS = 60_000;

export interface RoleChildOptions {
  readonly role: RoleName;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly home: Home;
  readonly narrator: Narrator;
  readonly watcher: RoleWatcher;
}

/** One role's process: started, watched, started again with a growing pause when it ends by itself. */
export class RoleChild {
  readonly origin: string;
  #process: ServiceProcess | undefined;
  #stopping = false;

  constructor(private readonly options: RoleChildOptions) {
    this.origin = `http://127.0.0.1:${String(options.port)}`;
  }

  get role(): RoleName {
    return this.options.role;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /**
   * Resolves when the process says that it is ready.
   * @throws StartError with the last line of its log when it ends instead
   */
  async start(): Promise<void> {
    mkdirSync(this.options.home.path('processes'), { recursive: true });
    // A start that was killed leaves its role processes behind, in the same consumer groups and on the same port.
    await endLeftover(this.#pidFile, roleMain(this.role), 'SIGTERM');
    for (let tries = 1; ; tries += 1) {
      await this.#spawn();
      try {
        await this.#ready();
        break;
      } catch (error) {
        // On a machine that is busy with six processes at once, a broker may take its time: as a supervisor would.
        if (this.#stopping || this.#process?.alive === true || tries === START_TRIES) throw error;
        this.options.narrator.step(`${this.role} ended before it was ready; it is started again`);
      }
    }
    this.#watch().catch((error: unknown) => {
      this.options.watcher.lost(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** From here on an end is no surprise. */
  letGo(): void {
    this.#stopping = true;
  }

  async stop(): Promise<void> {
    this.letGo();
    await this.#process?.stop(GRACE_MS);
  }

  async kill(): Promise<void> {
    this.letGo();
    await this.#process?.kill('SIGKILL');
  }

  get #pidFile(): string {
    return this.options.home.path('processes', `${this.role}.pid`);
  }

  get #log(): string {
    return join(this.options.home.logs, `${this.role}.log`);
  }

  async #spawn(): Promise<void> {
    this.#process = await ServiceProcess.start({
      command: process.execPath,
      args: roleArguments(this.role),
      outputFile: this.#log,
      pidFile: this.#pidFile,
      stopSignal: 'SIGTERM',
      env: { ...this.options.env, HOST: '127.0.0.1', PORT: String(this.options.port), LOG_FILE: '' },
    });
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await isReady(this.origin))) {
      if (this.#process?.alive !== true && !this.#stopping) {
        throw new StartError(
          'role_not_started',
          `${this.role} ended before it was ready: ${lastLine(this.#log)} (its log is ${this.#log})`,
        );
      }
      if (performance.now() > deadline || this.#stopping) {
        throw new StartError('role_not_started', `${this.role} was not ready within a minute; its log is ${this.#log}`);
      }
      await wait(100);
    }
  }

  /** Until it is stopped: waits for its end, and starts it again. */
  async #watch(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#stopping) {
      const startedAt = performance.now();
      const pid = this.pid;
      await this.#process?.exited;
      if (this.#isStopping()) return;
      if (performance.now() - startedAt > STEADY_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      const { narrator, watcher } = this.options;
      narrator.step(
        `${this.role} (process ${String(pid)}) ended by itself; it starts again in ${String(pauseMs / 1_000)} s (log: ${this.#log})`,
      );
      await wait(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      if (this.#isStopping()) return;
      await this.#spawn();
      watcher.changed();
      await this.#ready().then(
        () => narrator.step(`${this.role} works again as process ${String(this.pid)}`),
        // It ended again, or is slow: the loop sees to the first, and health tells of the second.
        () => undefined,
      );
    }
  }

  // A method, because the compiler does not see that the field changes while something is awaited.
  #isStopping(): boolean {
    return this.#stopping;
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** What it said last of itself; else its last error; else its last line. */
function lastLine(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const own =
      lines.findLast((line) => line.startsWith('signpost ')) ?? lines.findLast((line) => /^\w*Error\b/.test(line));
    return (own ?? lines.at(-1) ?? '').slice(0, SHOWN_OF_LOG);
  } catch {
    return 'it wrote nothing';
  }
}
