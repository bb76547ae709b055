import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from './run.js';
import type { Surroundings } from './surroundings.js';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** A person at a terminal of so many columns. */
  readonly tty?: number;
  readonly signal?: AbortSignal;
  /** What the person answers, one after another. */
  readonly answers?: readonly string[];
  /** Called with what is written to standard output, as it comes. */
  readonly wrote?: (text: string) => void;
}

/** The command line with a home of its own, run in this process. */
export class CliHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'signpost-cli-'));
  readonly asked: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string>> = {}) {}

  get file(): string {
    return join(this.folder, 'signpost', 'config.json');
  }

  async run(args: readonly string[], settings: CliSettings = {}): Promise<CliRun> {
    let out = '';
    let err = '';
    const answers = [...(settings.answers ?? [])];
    const isTTY = settings.tty !== undefined;
    const screen = { isTTY, ...(settings.tty === undefined ? {} : { columns: settings.tty }) };
    const surroundings: Surroundings = {
      stdout: {
        ...screen,
        write: (text: unknown) => {
          out += String(text);
          settings.wrote?.(String(text));
          return true;
        },
      },
      stderr: {
        ...screen,
        write: (text: unknown) => {
          err += String(text);
          return true;
        },
      },
      stdin: Object.assign(Readable.from(settings.stdin === undefined ? [] : [Buffer.from(settings.stdin)]), { isTTY }),
      env: { XDG_CONFIG_HOME: this.folder, ...this.env, ...settings.env },
      signal: settings.signal ?? new AbortController().signal,
      ask: async (question) => {
        this.asked.push(question);
        return answers.shift() ?? '';
      },
    };
    const code = await runCli(args, surroundings);
    return { code, out, err };
  }

  /** Runs a command that has to succeed, and reads its answer. */
  async json<T = Record<string, unknown>>(args: readonly string[], settings: CliSettings = {}): Promise<T> {
    const { code, out, err } = await this.run([...args, '--json'], settings);
    if (code !== 0) throw new Error(`signpost ${args.join(' ')} ended with ${String(code)}: ${err}`);
    return JSON.parse(out) as T;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
