import { setTimeout as wait } from 'node:timers/promises';

const PAUSE_MS = 100;

/** Asks again while the cluster is busy with itself: a new topic's leaders, or a leader's successor, take a moment. */
export async function patiently<T>(ask: () => Promise<T>, withinMs = 15_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await wait(PAUSE_MS);
    }
  }
}
