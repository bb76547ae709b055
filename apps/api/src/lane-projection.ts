import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { readLane, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import type { EndpointId, HealthMemory, LaneMemory } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { EndpointStore, TopicFollower, type Following, type IncomingRecord } from '@signpost/ports';

const RETRY_MS = 1_000;

/**
 * Carries what the lanes found out back to the control plane: an endpoint that the dispatcher switched off becomes
 * disabled, unless its owner has changed it since. While the database is away the latest of each endpoint waits.
 */
@Injectable()
export class LaneProjection implements OnApplicationShutdown {
  private readonly waiting = new Map<EndpointId, NonNullable<LaneMemory['disabled']>>();
  /** Of lanes that fail, are held off or were switched off, so as many as there are such endpoints. */
  private readonly unwell = new Map<EndpointId, HealthMemory>();
  private readonly stopping = new AbortController();
  private following: Following | undefined;
  private working: Promise<void> | undefined;

  constructor(
    private readonly follower: TopicFollower,
    private readonly endpoints: EndpointStore,
    private readonly log: Log,
  ) {}

  /** Resolves when what the topic held has been read; the rest is followed. */
  async start(): Promise<void> {
    this.following = await this.follower.follow(TOPICS.lanes, (record) => this.take(record));
  }

  /** What the endpoint's lane remembers of its health; undefined while there is nothing. */
  memoryOf(endpointId: EndpointId): HealthMemory | undefined {
    return this.unwell.get(endpointId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following?.stop();
    await this.working;
  }

  private take(record: IncomingRecord): void {
    if (record.value === null) {
      this.unwell.delete((record.key?.toString('utf8') ?? '') as EndpointId);
      return;
    }
    try {
      const memory = readLane(record.value);
      const { endpointId, disabled } = memory;
      const unwell = unwellIn(memory);
      if (Object.keys(unwell).length === 0) this.unwell.delete(endpointId);
      else this.unwell.set(endpointId, unwell);
      if (disabled === undefined) this.waiting.delete(endpointId);
      else this.waiting.set(endpointId, disabled);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.log.error("a lane's memory cannot be read and was skipped", error, { offset: record.offset });
    }
    if (this.waiting.size > 0) this.working ??= this.work();
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    // The first turn comes after the records that are being read now: of each endpoint only the last counts.
    await Promise.resolve();
    for (const [endpointId, disabled] of this.waiting) {
      if (signal.aborted) break;
      try {
        const isNew = await this.endpoints.disableAt(endpointId, disabled.endpointVersion, disabled.reason);
        if (isNew) this.log.warn('an endpoint was disabled', { endpointId, reason: disabled.reason });
        if (this.waiting.get(endpointId) === disabled) this.waiting.delete(endpointId);
      } catch (error) {
        this.log.warn('a disabled endpoint could not be recorded; tried again', {
          endpointId,
          reason: error instanceof Error ? error.message : String(error),
        });
        await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    this.working = this.waiting.size > 0 && !signal.aborted ? this.work() : undefined;
  }
}

function unwellIn({ disabled, failing, breaker, pausedUntilMs }: LaneMemory): HealthMemory {
  return {
    ...(disabled && { disabled }),
    ...(failing && { failing }),
    ...(breaker && { breaker }),
    ...(pausedUntilMs !== undefined && { pausedUntilMs }),
  };
}
