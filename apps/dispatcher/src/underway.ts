import type { Fatal } from '@signpost/runtime';
import type { Log } from '@signpost/observability';
import type { Delivery } from '@signpost/contracts';
import type { PartitionLease } from '@signpost/ports';

/** Work that no handler waits for: counted, so that a stop can wait for it, and never failing in silence. */
export class Underway {
  private running = 0;
  private ended = false;
  private readonly whenIdle: (() => void)[] = [];

  constructor(
    private readonly log: Log,
    private readonly fatal: Fatal,
  ) {}

  get count(): number {
    return this.running;
  }

  /** Nothing of a lost assignment, and nothing after end(), is worth ending the process for: it comes again. */
  track(work: Promise<void>, lease: PartitionLease | undefined, of?: Pick<Delivery, 'id' | 'messageId'>): void {
    this.running += 1;
    work.then(this.oneLess, (error: unknown) => {
      this.oneLess();
      if (this.ended || lease?.lost === true) return;
      const failed = error instanceof Error ? error : new Error(String(error));
      this.log.error('a delivery could not be followed up', failed, {
        topic: lease?.topic,
        partition: lease?.partition,
        ...(of === undefined ? {} : { messageId: of.messageId, deliveryId: of.id }),
      });
      this.fatal.raise(failed);
    });
  }

  /** Resolves when nothing is under way any more, or after `withinMs`. */
  async idle(withinMs: number): Promise<void> {
    if (this.running === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.whenIdle.push(resolve);
      timer = setTimeout(resolve, withinMs);
    });
    clearTimeout(timer);
  }

  end(): void {
    this.ended = true;
  }

  private readonly oneLess = (): void => {
    this.running -= 1;
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  };
}
