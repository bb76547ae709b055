import { setTimeout as wait } from 'node:timers/promises';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Log } from '@signpost/observability';
import type { BacklogLook, BacklogWatcher } from '@signpost/ports';

/** Looks at what waits in Kafka now and then. Where a look fails, what the last one saw stays as it is, and as old. */
export class BacklogWatch implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isInTrouble = false;

  constructor(
    private readonly watcher: BacklogWatcher,
    private readonly everyMs: number,
    private readonly show: (look: BacklogLook) => void,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    // What a look waits for ends with its connections.
    this.watcher.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const since = performance.now();
      await this.look();
      // A look that takes long is no reason to take the next one at once.
      const tookMs = performance.now() - since;
      await wait(Math.max(this.everyMs - tookMs, this.everyMs / 2), undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  private async look(): Promise<void> {
    try {
      this.show(await this.watcher.look());
      this.isInTrouble = false;
    } catch (error) {
      if (this.stopping.signal.aborted || this.isInTrouble) return;
      this.isInTrouble = true;
      this.log.warn('what waits in Kafka cannot be seen; tried again', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
