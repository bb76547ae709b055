import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@signpost/observability';
import { EndpointStore } from '@signpost/ports';

const EVERY_MS = 600_000;

/**
 * Forgets secrets that were replaced and sign no more. Nobody waits for it: whoever signs looks at the clock himself.
 * Each process of the API does it, and what one is at work on the others leave to it.
 */
@Injectable()
export class ExpiredSecrets implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;

  constructor(
    private readonly endpoints: EndpointStore,
    private readonly log: Log,
  ) {}

  start(everyMs = EVERY_MS): void {
    this.timer ??= setInterval(() => this.tick(), everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /** Resolves when nothing is left to forget, or the database is away: the next round comes. */
  async forget(): Promise<void> {
    try {
      while ((await this.endpoints.forgetExpiredSecrets(Date.now())) > 0);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn('expired secrets could not be forgotten; tried again later', { reason });
    }
  }

  private tick(): void {
    this.working ??= this.forget().finally(() => {
      this.working = undefined;
    });
  }
}
