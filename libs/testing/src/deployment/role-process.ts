import { join } from 'node:path';
import { findFreePort } from '../embedded/free-port.js';
import { roleArguments } from '../embedded/role-command.js';
import { ServiceProcess } from '../embedded/service-process.js';
import { until } from '../until.js';

export interface RoleProcessOptions {
  /** The folder below apps/: 'ingest', 'dispatcher', … */
  readonly role: string;
  /** Added to this process's own environment; HOST and PORT are chosen here. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes the log and the pid file. */
  readonly folder: string;
  /** For Node itself: ['--cpu-prof', …]. */
  readonly nodeArguments?: readonly string[];
}

/** One role as a process of its own, as a container would run it; it may be killed and started again on the same port. */
export class RoleProcess {
  private process: ServiceProcess | undefined;

  private constructor(
    private readonly options: RoleProcessOptions,
    private readonly port: number,
  ) {}

  /** Resolves when the process says that it is ready. */
  static async start(options: RoleProcessOptions): Promise<RoleProcess> {
    const process = new RoleProcess(options, await findFreePort());
    await process.restart();
    return process;
  }

  get role(): string {
    return this.options.role;
  }

  get pid(): number {
    if (this.process === undefined) throw new Error(`${this.role} was never started`);
    return this.process.pid;
  }

  get alive(): boolean {
    return this.process?.alive === true;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get logFile(): string {
    return join(this.options.folder, `${this.role}-${String(this.port)}.log`);
  }

  /** Starts it again after a kill or stop; resolves when it is ready. */
  async restart(): Promise<void> {
    await this.spawn();
    await this.ready();
  }

  async spawn(): Promise<void> {
    this.process = await ServiceProcess.start({
      command: process.execPath,
      args: roleArguments(this.role, this.options.nodeArguments),
      outputFile: this.logFile,
      pidFile: join(this.options.folder, `${this.role}-${String(this.port)}.pid`),
      stopSignal: 'SIGTERM',
      env: { ...process.env, NODE_OPTIONS: '', ...this.options.env, HOST: '127.0.0.1', PORT: String(this.port) },
    });
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await until(
      async () => {
        if (!this.alive) throw new RoleEndedError(this.role, this.logFile);
        return (await fetch(`${this.url}/health/ready`)).status === 200;
      },
      {
        timeoutMs,
        what: `${this.role} to be ready (its log: ${this.logFile})`,
        giveUpOn: (error) => error instanceof RoleEndedError,
      },
    );
  }

  /** kill -9 unless told otherwise; resolves once it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.process?.kill(signal);
  }

  /** Graceful, as an orchestrator stops a container. */
  async stop(graceMs = 20_000): Promise<'ended' | 'killed' | undefined> {
    return this.process?.stop(graceMs);
  }
}

class RoleEndedError extends Error {
  constructor(role: string, logFile: string) {
    super(`${role} ended before it was ready; its log is ${logFile}`);
  }
}
