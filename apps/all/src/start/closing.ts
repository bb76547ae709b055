import { setTimeout as wait } from 'node:timers/promises';

const STEP_WITHIN_MS = 45_000;

interface Step {
  readonly close: () => Promise<void>;
  readonly hurry: () => Promise<void>;
}

/** What has to be stopped, in order; somebody who asks twice does not wait for it to finish its work. */
export class Closing {
  readonly #steps: Step[] = [];
  #last: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly hurried: Promise<void>) {}

  /** To be closed before everything that was added before. */
  first(close: () => Promise<void>, hurry: () => Promise<void> = () => Promise.resolve()): void {
    this.#steps.unshift({ close, hurry });
  }

  /** To be closed after all else, hurry or not: the services that all else works with. */
  last(close: () => Promise<void>): void {
    this.#last = close;
  }

  /** What fails to close does not keep the rest open; the first failure is thrown at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (close: () => Promise<void>): Promise<void> =>
      close().catch((error: unknown) => {
        failures.push(error);
      });
    for (const { close, hurry } of this.#steps) {
      await Promise.race([
        attempt(close),
        this.hurried.then(() => attempt(hurry)),
        wait(STEP_WITHIN_MS, undefined, { ref: false }),
      ]);
    }
    await attempt(this.#last);
    if (failures.length > 0) throw failures[0];
  }
}
