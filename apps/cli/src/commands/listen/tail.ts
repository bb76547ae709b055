import { setTimeout as wait } from 'node:timers/promises';
import { lowestId, sliceElements, sliceMember } from '@signpost/domain';
import type { ApiClient, Query } from '../../api/client.js';
import { inPath } from '../../api/client.js';

export interface TailedMessage {
  readonly id: string;
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  /** When it was accepted. */
  readonly timestamp: string;
  /** As it was sent. */
  readonly payload: Buffer;
}

export interface TailOptions {
  readonly client: ApiClient;
  readonly app: string;
  readonly eventTypes: readonly string[] | undefined;
  /** Undefined: from now on, by the server's clock. */
  readonly since: Date | undefined;
  readonly everyMs: number;
  readonly sweepEveryMs?: number;
  readonly signal: AbortSignal;
}

const PAGE = 250;
/** An id has the time of its acceptance; a message may come into the log after others with later ids, and no later than that. */
const OVERLAP_MS = 30_000;
const SWEEP_EVERY_MS = 5_000;
const MOST_SWEPT_PAGES = 4;
const MOST_REMEMBERED = 20_000;

/**
 * An application's messages as they come into the delivery log, each once. Asked for by polling: beyond the newest id
 * at every turn, and now and then for ids before it that have come late.
 */
export class Tail {
  private readonly seen = new Map<string, true>();
  private cursor = '';
  private startMs = 0;
  private sweptAtMs = 0;

  constructor(private readonly options: TailOptions) {}

  /** Sets where it begins: what is accepted from now on, or since the time that was asked for. */
  async start(): Promise<void> {
    this.startMs = this.options.since?.getTime() ?? (await this.serverNowMs());
    this.cursor = lowestId('msg', this.startMs);
  }

  /** After start(). */
  async *messages(): AsyncGenerator<TailedMessage, void, undefined> {
    const { everyMs, sweepEveryMs = SWEEP_EVERY_MS, signal } = this.options;
    this.sweptAtMs = performance.now();
    while (!signal.aborted) {
      yield* this.beyondCursor();
      if (performance.now() - this.sweptAtMs >= sweepEveryMs) {
        yield* this.late();
        this.sweptAtMs = performance.now();
      }
      await wait(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async *beyondCursor(): AsyncGenerator<TailedMessage, void, undefined> {
    for (;;) {
      const page = await this.page({ iterator: this.cursor, with_content: true });
      for (const message of page.messages) {
        if (this.isNew(message.id)) yield message;
      }
      if (page.iterator !== undefined) this.cursor = page.iterator;
      if (page.isDone) return;
    }
  }

  /** Ids before the cursor that were not there when it went by. Without payloads: nearly all of them are known. */
  private async *late(): AsyncGenerator<TailedMessage, void, undefined> {
    const after = new Date(Math.max(this.startMs - 1, (await this.serverNowMs()) - OVERLAP_MS));
    let iterator: string | undefined;
    for (let pages = 0; pages < MOST_SWEPT_PAGES; pages += 1) {
      const page = await this.page({ after, iterator, with_content: false });
      for (const { id } of page.messages) {
        if (id > this.cursor || !this.isNew(id)) continue;
        yield await this.one(id);
      }
      if (page.isDone || page.iterator === undefined) return;
      iterator = page.iterator;
    }
  }

  private isNew(id: string): boolean {
    if (this.seen.has(id)) return false;
    this.seen.set(id, true);
    const [oldest] = this.seen.keys();
    if (this.seen.size > MOST_REMEMBERED && oldest !== undefined) this.seen.delete(oldest);
    return true;
  }

  private async page(query: Query) {
    const { client, app, eventTypes } = this.options;
    const { bytes } = await client.answer('GET', `/api/v1/app/${inPath(app)}/msg`, {
      query: { ...query, order: 'ascending', limit: PAGE, event_types: eventTypes },
    });
    const iterator = JSON.parse(String(sliceMember(bytes, 'iterator') ?? 'null')) as string | null;
    return {
      messages: sliceElements(sliceMember(bytes, 'data') ?? Buffer.alloc(0)).map(readMessage),
      iterator: iterator ?? undefined,
      isDone: String(sliceMember(bytes, 'done')) !== 'false',
    };
  }

  private async one(id: string): Promise<TailedMessage> {
    const { client, app } = this.options;
    return readMessage((await client.answer('GET', `/api/v1/app/${inPath(app)}/msg/${inPath(id)}`)).bytes);
  }

  /** Ids have the server's time, and this machine's clock may be any. */
  private async serverNowMs(): Promise<number> {
    const { headers } = await this.options.client.anyAnswer('GET', '/api/v1/health');
    const date = Date.parse(headers.get('date') ?? '');
    return Number.isNaN(date) ? Date.now() : date;
  }
}

/** Parsed but for the payload, which is taken as it stands. */
function readMessage(json: Buffer): TailedMessage {
  const { id, eventType, channels, timestamp } = JSON.parse(json.toString('utf8')) as Omit<TailedMessage, 'payload'>;
  return { id, eventType, channels, timestamp, payload: sliceMember(json, 'payload') ?? Buffer.from('{}') };
}
