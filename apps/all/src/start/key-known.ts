import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from './errors.js';

const WITHIN_MS = 20_000;

/**
 * The key's way is that of every change: outbox, relay, control topic, each process's view. "Ready" is said after it.
 * @throws StartError when it does not arrive
 */
export async function untilKeyIsKnown(origin: string, apiKey: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const { status } = await fetch(`${origin}/api/v1/app?limit=1`, { headers });
    if (status === 200 || signal.aborted) return;
    if (performance.now() > deadline) {
      throw new StartError(
        'role_not_started',
        `the API still answers ${String(status)} to the key made for it; the log says why`,
      );
    }
    await wait(20);
  }
}
