import type { RoleName } from '@signpost/runtime';
import type { Home } from './home.js';
import type { Narrator } from './narrator.js';
import type { ProcessEntry } from './running-file.js';

/** The roles at work, in this process or in one each. */
export interface RunningRoles {
  /** Origin under which all of the chosen roles' paths are served. */
  readonly origin: string;
  readonly processes: readonly ProcessEntry[];
  /** Takes in nothing new, finishes what is under way, and leaves. */
  stop(): Promise<void>;
  /** For somebody who has asked twice: ends at once. What was under way comes again at the next start. */
  kill(): Promise<void>;
}

export interface RoleWatcher {
  /** A process has come in place of another. */
  changed(): void;
  /** What is lost for good ends the start. */
  lost(error: Error): void;
}

export interface RolePlan {
  readonly names: readonly RoleName[];
  readonly env: NodeJS.ProcessEnv;
  /** Of the one origin. */
  readonly port: number;
  readonly home: Home;
  readonly narrator: Narrator;
  readonly watcher: RoleWatcher;
}
