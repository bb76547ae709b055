import { setTimeout as wait } from 'node:timers/promises';
import type { Deployment } from '@signpost/testing';

/** Between two messages of one worker, in milliseconds: a steady load, not a race for the machine. */
const PAUSE_MS = 5;

/**
 * Publishes one message after another until stopped, as a careful producer does: what is not acknowledged is
 * tried again. `accepted` holds the ids that were answered 202: those, and only those, have to arrive.
 */
export class SteadyLoad {
  readonly accepted = new Set<string>();
  refused = 0;
  private running = true;
  private readonly workers: Promise<void>[];

  constructor(deployment: Deployment, application: string, workers = 2) {
    this.workers = Array.from({ length: workers }, (_, worker) => this.publish(deployment, application, worker));
  }

  async stop(): Promise<ReadonlySet<string>> {
    this.running = false;
    await Promise.all(this.workers);
    return this.accepted;
  }

  private async publish(deployment: Deployment, application: string, worker: number): Promise<void> {
    for (let sequence = 0; this.running; sequence += 1) {
      try {
        const id = await deployment.publish(application, {
          eventType: 'message.received',
          payload: { type: 'message.received', timestamp: new Date().toISOString(), data: { worker, sequence } },
        });
        this.accepted.add(id);
        await wait(PAUSE_MS);
      } catch {
        this.refused += 1;
        await wait(50);
      }
    }
  }
}
