import { StartError } from './errors.js';
import type { Narrator } from './narrator.js';

const LOOK_EVERY_MS = 500;
const GIVE_UP_AFTER = 3;
const WITHIN_MS = 60_000;

export interface Kept {
  isAlive(): boolean;
  restart(): Promise<void>;
}

/** Starts a service again that ended by itself; what ends again and again is lost. */
export class Keeper {
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(
    private readonly narrator: Narrator,
    private readonly onLost: (error: StartError) => void,
  ) {}

  keep(name: string, service: Kept): void {
    const endings: number[] = [];
    let restarting = false;
    const timer = setInterval(() => {
      if (restarting || this.#stopped || service.isAlive()) return;
      restarting = true;
      void this.#revive(name, service, endings).finally(() => {
        restarting = false;
      });
    }, LOOK_EVERY_MS);
    timer.unref();
    this.#timers.push(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #revive(name: string, service: Kept, endings: number[]): Promise<void> {
    endings.push(performance.now());
    const recent = endings.filter((at) => performance.now() - at < WITHIN_MS);
    if (recent.length > GIVE_UP_AFTER) {
      this.#lose(
        `${name} ended by itself ${String(recent.length)} times within a minute; its log in the data folder says why`,
      );
      return;
    }
    this.narrator.step(`${name} ended by itself; it is being started again on the same data`);
    try {
      await service.restart();
      if (!this.#stopped) this.narrator.step(`${name} works again`);
    } catch (error) {
      this.#lose(
        `${name} ended by itself and does not start again: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }

  #lose(sentence: string, cause?: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.onLost(new StartError('service_lost', sentence, cause));
  }
}
