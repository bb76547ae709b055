import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'undici';
import { nowMicros } from '../measure/clock.js';
import { Histogram, type HistogramSnapshot } from '../measure/histogram.js';
import { get } from '../wire/get.js';

export interface ReadPlan {
  /** Of the api, without a path. */
  readonly origin: string;
  readonly apiKey: string;
  readonly application: string;
  readonly endpoints: readonly string[];
  readonly perSecond: number;
  readonly connections: number;
}

export interface ReadResult {
  /** Microseconds from the moment at which a read was to be sent to its whole answer, by what was read. */
  readonly times: Readonly<Record<string, HistogramSnapshot>>;
  readonly refused: number;
  readonly firstRefusal: string | undefined;
}

const MESSAGES = 'messages';
const MOST_KNOWN = 250;
/** Once a message is known; then each turn reads of another endpoint and message. */
const KINDS = 10;
/** An open loop stops here rather than pile up reads: the rate is more than the api takes. */
const MOST_UNDER_WAY = 5_000;

interface Read {
  readonly kind: string;
  readonly path: string;
}

/** Reads the API at a rate, every kind in turn; each read has its time, and is late when it goes out late. */
export class Reader {
  #underWay = 0;
  #stopped = false;
  #refused = 0;
  #firstRefusal: string | undefined;
  #messages: readonly string[] = [];
  readonly #times = new Map<string, Histogram>();
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    private readonly pool: Pool,
    private readonly plan: ReadPlan,
  ) {
    this.#headers = { authorization: `Bearer ${plan.apiKey}` };
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves once all that was sent is answered. */
  async run(): Promise<ReadResult> {
    await this.#read({ kind: 'before', path: this.#lists(0)[MESSAGES] ?? '' }, nowMicros());
    const start = nowMicros();
    const dueAt = (at: number) => start + (at / this.plan.perSecond) * 1_000_000;
    let at = 0;
    while (!this.#stopped) {
      for (const now = nowMicros(); dueAt(at) <= now; at += 1) void this.#read(this.#readOf(at), dueAt(at));
      if (this.#underWay > MOST_UNDER_WAY)
        throw new Error(`the api does not keep up with ${String(this.plan.perSecond)} reads a second`);
      await wait(1);
    }
    while (this.#underWay > 0) await wait(5);
    this.#times.delete('before');
    const times = [...this.#times].map(([kind, histogram]) => [kind, histogram.snapshot()] as const);
    return { times: Object.fromEntries(times), refused: this.#refused, firstRefusal: this.#firstRefusal };
  }

  #readOf(at: number): Read {
    const turn = Math.floor(at / KINDS);
    const reads = Object.entries({ ...this.#lists(turn), ...this.#ofMessage(turn) });
    const [kind, path] = reads[at % reads.length] ?? [MESSAGES, ''];
    return { kind, path };
  }

  #lists(turn: number): Readonly<Record<string, string>> {
    const { application, endpoints } = this.plan;
    const base = `/api/v1/app/${application}`;
    const endpoint = endpoints[turn % endpoints.length] ?? '';
    return {
      application: base,
      endpoints: `${base}/endpoint`,
      endpoint: `${base}/endpoint/${endpoint}`,
      [MESSAGES]: `${base}/msg?limit=50`,
      "an endpoint's attempts": `${base}/attempt/endpoint/${endpoint}?limit=50`,
      "an endpoint's failed attempts": `${base}/attempt/endpoint/${endpoint}?status=2`,
      'event types': '/api/v1/event-type',
    };
  }

  #ofMessage(turn: number): Readonly<Record<string, string>> {
    const message = this.#messages[turn % Math.max(1, this.#messages.length)];
    if (message === undefined) return {};
    const base = `/api/v1/app/${this.plan.application}`;
    return {
      message: `${base}/msg/${message}`,
      "a message's attempts": `${base}/attempt/msg/${message}`,
      "a message's destinations": `${base}/msg/${message}/endpoint`,
    };
  }

  async #read({ kind, path }: Read, dueAtMicros: number): Promise<void> {
    this.#underWay += 1;
    try {
      const { status, text } = await get(this.pool, path, this.#headers);
      this.#timesOf(kind).record(nowMicros() - dueAtMicros);
      if (status !== 200) this.#refuse(`${path} answered ${String(status)}: ${text.slice(0, 300)}`);
      else if (path.includes('/msg?')) this.#messages = idsOf(text).slice(0, MOST_KNOWN);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    } finally {
      this.#underWay -= 1;
    }
  }

  #timesOf(kind: string): Histogram {
    const known = this.#times.get(kind) ?? new Histogram();
    this.#times.set(kind, known);
    return known;
  }

  #refuse(why: string): void {
    this.#refused += 1;
    this.#firstRefusal ??= why;
  }
}

function idsOf(list: string): readonly string[] {
  return (JSON.parse(list) as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
}
