import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { MessageRecord } from '@signpost/contracts';
import { timeOfId, type MessageId } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import { DatabaseUnavailableError, type EventIdClaim, type EventIds, type EventIdUse } from '@signpost/ports';
import { ApiError, Turns } from '@signpost/runtime';

export interface Published {
  /** In the order of what was sent. */
  readonly ids: readonly MessageId[];
  /** False: event ids could not be looked up, so one of them may have come before. */
  readonly isChecked: boolean;
}

/** Beyond the time after which a process that fell silent has lost what it held. */
const WAIT_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

interface Named extends EventIdUse {
  /** Its place among what was sent. */
  readonly index: number;
}

type Reserved = readonly { readonly name: Named; readonly claim: EventIdClaim }[];

/** Event ids are reserved first, and confirmed once Kafka has their messages: then a repeated one is refused. */
export class EventIdReservations {
  private readonly turns = new Turns();

  /** `ids`: undefined for a process without a database. */
  constructor(
    private readonly ids: EventIds | undefined,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Calls `produce` with what Kafka does not have yet, under the ids that hold. Without the database all of it is
   * produced, and left to the matcher. `whereOf` names the field of a message's event id.
   * @throws ApiError 409 for an event id that came before, 503 for one that somebody else is still producing
   */
  during(
    messages: readonly MessageRecord[],
    whereOf: (index: number) => string,
    produce: (messages: readonly MessageRecord[]) => Promise<void>,
  ): Promise<Published> {
    const named = messages.flatMap(namedOf);
    const names = named.map(({ applicationId, eventId }) => `${applicationId} ${eventId}`);
    return this.turns.take(names, async () => {
      const reserved = await this.reserve(named, whereOf);
      return reserved === undefined ? this.unchecked(messages, produce) : this.publish(messages, reserved, produce);
    });
  }

  private async unchecked(
    messages: readonly MessageRecord[],
    produce: (messages: readonly MessageRecord[]) => Promise<void>,
  ): Promise<Published> {
    await produce(messages);
    this.metrics.of.eventIds.add(messages.flatMap(namedOf).length, { result: 'unchecked' });
    return { ids: messages.map(({ id }) => id), isChecked: false };
  }

  private async publish(
    messages: readonly MessageRecord[],
    reserved: Reserved,
    produce: (messages: readonly MessageRecord[]) => Promise<void>,
  ): Promise<Published> {
    const under = renamed(messages, reserved);
    const held = reserved.filter(({ claim }) => claim.kind === 'reserved').map(({ name }) => name);
    const there = new Set(reserved.filter(({ claim }) => claim.kind === 'taken').map(({ name }) => name.index));
    try {
      await produce(under.filter((_, index) => !there.has(index)));
    } catch (error) {
      await this.quietly(() => this.ids?.release(held));
      throw error;
    }
    await this.quietly(() => this.ids?.confirm(held));
    return { ids: under.map(({ id }) => id), isChecked: true };
  }

  /** All of them, or none: what was got of an incomplete request is given back before anything else. */
  private async reserve(named: readonly Named[], whereOf: (index: number) => string): Promise<Reserved | undefined> {
    if (this.ids === undefined) return undefined;
    const until = performance.now() + WAIT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const reserved = await this.look(this.ids, named);
      if (reserved === undefined) return undefined;
      const repeated = reserved.find(({ name, claim }) => claim.kind === 'taken' && claim.messageId !== name.messageId);
      const isRunning = reserved.some(({ claim }) => claim.kind === 'running');
      if (repeated === undefined && !isRunning) {
        this.count(reserved);
        return reserved;
      }
      const held = reserved.filter(({ claim }) => claim.kind === 'reserved').map(({ name }) => name);
      await this.quietly(() => this.ids?.release(held));
      if (repeated !== undefined) {
        this.metrics.of.eventIds.inc({ result: 'repeated' });
        throw conflict(repeated.name, repeated.claim, whereOf(repeated.name.index));
      }
      if (performance.now() >= until) {
        this.metrics.of.eventIds.inc({ result: 'running' });
        throw new ApiError(
          503,
          'event_id_in_use',
          'Another request is still sending a message of the same eventId. Send it again after the time in Retry-After.',
          1,
        );
      }
      // At random, so that two batches that hold what the other wants do not meet again and again.
      await wait(pauseMs * (0.5 + Math.random()));
    }
  }

  private async look(ids: EventIds, named: readonly Named[]): Promise<Reserved | undefined> {
    try {
      const claims = await ids.reserve(named);
      return named.map((name, index) => ({ name, claim: claims[index] ?? { kind: 'running' } }));
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return undefined;
      throw error;
    }
  }

  private count(reserved: Reserved): void {
    for (const { claim } of reserved) {
      if (claim.kind !== 'reserved') continue;
      this.metrics.of.eventIds.inc({ result: claim.again ? 'reserved-again' : 'reserved' });
    }
  }

  /** What Kafka has is accepted: a reservation that cannot be confirmed is produced again under the same id if it is repeated. */
  private async quietly(change: () => Promise<void> | undefined): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.log.warn('a reservation of an event id could not be changed; it falls free by itself', { err: error });
    }
  }
}

function namedOf(message: MessageRecord, index: number): readonly Named[] {
  const { applicationId, eventId, id } = message;
  if (eventId === undefined) return [];
  return [{ index, applicationId, eventId, messageId: id, fingerprint: fingerprintOf(message) }];
}

function fingerprintOf({ eventType, channels, conversationId, payload }: MessageRecord): Buffer {
  const head = JSON.stringify([eventType, channels ?? null, conversationId ?? null]);
  return createHash('sha256').update(head).update('\n').update(payload).digest();
}

function renamed(messages: readonly MessageRecord[], reserved: Reserved): readonly MessageRecord[] {
  const under = [...messages];
  for (const { name, claim } of reserved) {
    const message = under[name.index];
    if (message === undefined || claim.kind === 'running' || claim.messageId === message.id) continue;
    under[name.index] = at(message, claim.messageId);
  }
  return under;
}

/** The message under the id that was given out before, and so of that time. */
function at(message: MessageRecord, id: MessageId): MessageRecord {
  const acceptedAtMs = timeOfId(id) ?? message.acceptedAtMs;
  if (message.payloadExpiresAtMs === undefined) return { ...message, id, acceptedAtMs };
  const keptMs = message.payloadExpiresAtMs - message.acceptedAtMs;
  return { ...message, id, acceptedAtMs, payloadExpiresAtMs: acceptedAtMs + keptMs };
}

function conflict({ eventId }: Named, claim: EventIdClaim, where: string): ApiError {
  const earlier = claim.kind === 'taken' ? ` (${claim.messageId})` : '';
  return new ApiError(
    409,
    'conflict',
    `${where} ${JSON.stringify(eventId)} is that of an earlier message of this application${earlier}. Nothing was accepted: send a new event under an id of its own, or leave out what was sent before.`,
  );
}
