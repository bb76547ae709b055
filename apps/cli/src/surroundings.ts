import type { Readable, Writable } from 'node:stream';

export interface Screen extends Pick<Writable, 'write'> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** All that a command touches besides the network and the files that it is told: a test hands in its own. */
export interface Surroundings {
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Asks the person at the terminal; `hidden` shows nothing of what is typed. */
  ask(question: string, hidden: boolean): Promise<string>;
}
