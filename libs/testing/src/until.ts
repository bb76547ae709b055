import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs: number;
  /** Completes "timed out waiting for …". */
  readonly what: string;
  readonly everyMs?: number;
  /** Errors of the condition that end the waiting at once and are thrown as they are. Default: none. */
  readonly giveUpOn?: (error: unknown) => boolean;
}

/** Waits until `condition` holds, polling it, and returns its value; a condition that throws has not come true yet. */
export async function until<T>(condition: () => T | Promise<T>, options: UntilOptions): Promise<NonNullable<T>> {
  const { timeoutMs, what, everyMs = 50, giveUpOn } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      lastError = undefined;
      if (value !== false && value !== undefined && value !== null) return value;
    } catch (error) {
      if (giveUpOn?.(error) === true) throw error;
      lastError = error;
    }
    if (performance.now() >= deadline) {
      const why = lastError instanceof Error ? ` (last error: ${lastError.message})` : '';
      throw new Error(`timed out after ${String(timeoutMs)} ms waiting for ${what}${why}`, { cause: lastError });
    }
    await wait(everyMs);
  }
}
