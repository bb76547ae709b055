import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { until } from '../until.js';

export interface ServiceCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Receives standard output and error. */
  readonly outputFile: string;
  /** Holds the process id while the service runs, so that a later start finds what a killed parent left behind. */
  readonly pidFile: string;
  /** Asks for a graceful end. */
  readonly stopSignal: NodeJS.Signals;
  readonly env?: NodeJS.ProcessEnv;
}

const running = new Set<ServiceProcess>();

// A parent that forgets its services, or dies of an exception, asks them to leave; nobody waits for them then.
process.on('exit', () => {
  for (const service of running) service.signal(service.stopSignal);
});

/** A long-lived child in its own process group: Ctrl-C at the terminal reaches it only through us, after its clients have left. */
export class ServiceProcess {
  readonly pid: number;
  /** How it ended: by itself or on a signal it could answer, or by SIGKILL, half-written files and all. */
  readonly exited: Promise<'ended' | 'killed'>;
  readonly stopSignal: NodeJS.Signals;
  #alive = true;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, command: ServiceCommand) {
    this.#child = child;
    this.pid = pid;
    this.stopSignal = command.stopSignal;
    running.add(this);
    this.exited = new Promise((resolve) => {
      child.once('exit', (_code, signal) => {
        this.#alive = false;
        running.delete(this);
        rmSync(command.pidFile, { force: true });
        resolve(signal === 'SIGKILL' ? 'killed' : 'ended');
      });
    });
  }

  /** Throws the system's own error (`ENOENT`…) when the program cannot be started. */
  static async start(command: ServiceCommand): Promise<ServiceProcess> {
    const output = openSync(command.outputFile, 'a');
    try {
      const child = spawn(command.command, command.args, {
        detached: true,
        stdio: ['ignore', output, output],
        env: command.env ?? process.env,
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      if (child.pid === undefined) throw new Error(`${command.command} has no process id`);
      child.unref();
      writeFileSync(command.pidFile, String(child.pid));
      return new ServiceProcess(child, child.pid, command);
    } finally {
      closeSync(output);
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#alive) signalGroup(this.pid, signal);
  }

  /** Graceful first; by SIGKILL once `graceMs` has passed. A stopped (SIGSTOP) process is woken to hear it. */
  async stop(graceMs: number): Promise<'ended' | 'killed'> {
    if (!this.#alive) return this.exited;
    this.#child.ref();
    this.signal(this.stopSignal);
    this.signal('SIGCONT');
    const timer = setTimeout(() => {
      this.signal('SIGKILL');
    }, graceMs);
    const ending = await this.exited;
    clearTimeout(timer);
    return ending;
  }

  /** Sends a signal that ends the process, and returns once it has ended. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#child.ref();
    this.signal(signal);
    if (this.#alive) await this.exited;
  }
}

/** Ends what a killed parent left running on the same data: `mark` must occur in its command line, since ids are reused. */
export async function endLeftover(pidFile: string, mark: string, stopSignal: NodeJS.Signals): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  if (runs(pid, mark)) {
    signalGroup(pid, 'SIGCONT');
    signalGroup(pid, stopSignal);
    await until(() => !runs(pid, mark), { timeoutMs: 15_000, what: `process ${String(pid)} to stop` }).catch(() => {
      signalGroup(pid, 'SIGKILL');
    });
    await until(() => !runs(pid, mark), { timeoutMs: 5_000, what: `process ${String(pid)} to end` });
  }
  rmSync(pidFile, { force: true });
}

function runs(pid: number, mark: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    const commandLine = `/proc/${String(pid)}/cmdline`;
    // Without /proc (macOS) there is no cheap look at the command line, and ending a stranger is worse than a clear failure.
    return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(mark);
  } catch {
    return false;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already: that is what was asked for.
  }
}
