import { readDelivery, readFact, readLane, readMessage, TOPICS, type TopicName } from '@signpost/contracts';
import { deliveryIdOf, type EndpointId, type MessageId } from '@signpost/domain';
import type { IncomingRecord, TopicFollower } from '@signpost/ports';
import { atRisk, overdue, type Ask, type Disturbance } from './at-risk.js';
import type { DeliveryTopic } from './committed.js';
import { excess, isOverruled, type Entry, type Told } from './entry.js';
import type { Seen } from './mixed-receiver.js';

export interface Account {
  readonly messages: number;
  readonly deliveries: number;
  readonly delivered: number;
  /** And never delivered. */
  readonly deadLettered: number;
  /** Delivered and, asked for or done again after a fault, dead-lettered as well: the log says that they were delivered. */
  readonly overruled: number;
  /** Parked, for an endpoint that is switched off. */
  readonly pending: number;
  readonly requests: number;
  /** Of them those that an attempt sent a second time on a new connection, as its fact says. */
  readonly sentAgain: number;
  /** Requests, parkings and refusals beyond what the records asked for. */
  readonly duplicates: number;
  /** Facts that were written a second time because Kafka did not answer: the log meets its own row. */
  readonly resent: number;
  /** What had begun or was finished, and was not committed, at each disturbance. */
  readonly bound: number;
  /** Finished so long before a dispatcher was killed that it should have been committed, and was not. */
  readonly overdue: number;
}

/** Everything here has to be empty. */
export interface Faults {
  readonly lost: readonly string[];
  readonly undecided: readonly string[];
  readonly severalFates: readonly string[];
  readonly deliveredUnseen: readonly string[];
  readonly deadLettersMissing: readonly string[];
  readonly strangers: readonly string[];
}

/**
 * The books of a run: reads what the processes wrote, next to what the receivers saw, and says what became of each
 * delivery that the matcher made.
 */
export class Bookkeeper {
  private readonly acknowledged = new Set<string>();
  private readonly written = new Set<string>();
  private readonly matched = new Set<string>();
  private readonly entries = new Map<string, Entry>();
  private readonly asks: Ask[] = [];
  private readonly deadLetters = new Set<string>();
  private readonly attemptIds = new Set<string>();
  private resent = 0;
  private readonly finishedWithoutRequestMs: number[] = [];
  private readonly lanes = new Map<string, ReturnType<typeof readLane> | undefined>();
  private readonly reasons = new Map<string, number>();
  attemptFacts = 0;
  /** Of them those that were not a delivery's first. */
  retryFacts = 0;
  parkedFacts = 0;

  private constructor(private readonly isOff: (endpointId: EndpointId) => boolean) {}

  /** `isOff`: whether that endpoint takes nothing for good, so that what it is owed stays parked. */
  static async open(follower: TopicFollower, isOff: (endpointId: EndpointId) => boolean): Promise<Bookkeeper> {
    const books = new Bookkeeper(isOff);
    const follow = (topic: TopicName, note: (record: IncomingRecord, partition: number) => void) =>
      follower.follow(topic, note);
    await Promise.all([
      ...[TOPICS.messages, TOPICS.messagesBulk].map((topic) =>
        follow(topic, ({ headers, value }) => books.written.add(readMessage({ headers, value }).id)),
      ),
      follow(TOPICS.deliveries, (record, partition) => books.asked(TOPICS.deliveries, partition, record)),
      follow(TOPICS.returning, (record, partition) => books.asked(TOPICS.returning, partition, record)),
      follow(TOPICS.parked, ({ headers, offset }, partition) => {
        books.entry(readDelivery(headers)).parkedAt = { partition, offset };
      }),
      follow(TOPICS.deadLetter, ({ headers }) => books.deadLetters.add(readDelivery(headers).id)),
      follow(TOPICS.lanes, ({ key, value }) => {
        books.lanes.set(String(key), value === null ? undefined : readLane(value));
      }),
      follow(TOPICS.journal, ({ value, timestampMs }) =>
        books.told(value, { madeAtMs: timestampMs, readAtMs: Date.now() }),
      ),
    ]);
    return books;
  }

  accepted(messageId: string): void {
    this.acknowledged.add(messageId);
  }

  get deliveries(): number {
    return this.entries.size;
  }

  get decided(): number {
    return [...this.entries.values()].filter(({ fates }) => fates.size > 0).length;
  }

  /** Acknowledged messages without a matching, and deliveries that have no fate and are not provably pending. */
  get open(): readonly string[] {
    const unmatched = [...this.acknowledged].filter((id) => !this.matched.has(id));
    return [...unmatched, ...this.undecided()];
  }

  /** What is known of an endpoint whose deliveries are open: for a test that fails. */
  tell(endpointId: EndpointId): string {
    const open = [...this.entries.values()].filter((each) => each.endpointId === endpointId && each.fates.size === 0);
    const parked = open.filter(({ parkedAt }) => parkedAt !== undefined);
    return `${String(parked.length)} of ${String(open.length)} parked, ${JSON.stringify(this.lanes.get(endpointId))}`;
  }

  /** Whether a dispatcher has switched the endpoint off. */
  isSwitchedOff(endpointId: EndpointId): boolean {
    return this.lanes.get(endpointId)?.disabled !== undefined;
  }

  /** Why attempts failed, and how often. */
  whyFailed(): string {
    return [...this.reasons].map(([reason, count]) => `${reason} ${String(count)}`).join(', ');
  }

  close(
    seen: readonly Seen[],
    pathOf: ReadonlyMap<EndpointId, string>,
    disturbances: readonly Disturbance[],
    commitsMs: readonly number[],
  ): { readonly account: Account; readonly faults: Faults } {
    const strangers = this.countRequests(seen, pathOf);
    const all = [...this.entries];
    const of = (fate: string) => all.filter(([, { fates }]) => fates.has(fate));
    const overruled = all.filter(([, entry]) => isOverruled(entry));
    const account: Account = {
      messages: this.acknowledged.size,
      deliveries: all.length,
      delivered: of('delivered').length,
      deadLettered: of('dead-lettered').length - overruled.length,
      overruled: overruled.length,
      pending: all.filter(([, entry]) => entry.fates.size === 0 && this.isPending(entry)).length,
      requests: seen.length,
      sentAgain: all.reduce((sum, [, entry]) => sum + entry.sentAgain, 0),
      duplicates: all.reduce((sum, [, entry]) => sum + excess(entry), 0),
      resent: this.resent,
      bound: atRisk(disturbances, this.asks, seen, this.finishedWithoutRequestMs),
      overdue: overdue(disturbances, this.asks, commitsMs),
    };
    const faults: Faults = {
      lost: [...this.acknowledged].filter((id) => !this.written.has(id) || !this.matched.has(id)),
      undecided: this.undecided(),
      severalFates: all
        .filter(([, entry]) => entry.fates.size > 1 && !isOverruled(entry))
        .map(([id, { fates }]) => [id, ...fates].join(' ')),
      deliveredUnseen: of('delivered')
        .filter(([, { requests }]) => requests.length === 0)
        .map(([id]) => id),
      deadLettersMissing: of('dead-lettered')
        .filter(([id]) => !this.deadLetters.has(id))
        .map(([id]) => id),
      strangers,
    };
    return { account, faults };
  }

  /** Counts them to their deliveries; returns what came that nobody owed. */
  private countRequests(seen: readonly Seen[], pathOf: ReadonlyMap<EndpointId, string>): readonly string[] {
    const endpointAt = new Map([...pathOf].map(([endpointId, path]) => [path, endpointId]));
    const arrivals = new Map<Entry, number[]>();
    const strangers: string[] = [];
    for (const { path, webhookId, atMs } of seen) {
      const endpointId = endpointAt.get(path);
      const entry =
        endpointId === undefined ? undefined : this.entries.get(deliveryIdOf(webhookId as MessageId, endpointId));
      if (entry === undefined) strangers.push(`${path} ${webhookId}`);
      else arrivals.set(entry, [...(arrivals.get(entry) ?? []), atMs]);
    }
    for (const [entry, times] of arrivals) entry.requests = times;
    return strangers;
  }

  private asked(topic: DeliveryTopic, partition: number, { headers, offset, timestampMs }: IncomingRecord): void {
    const delivery = readDelivery(headers);
    const entry = this.entry(delivery);
    this.asks.push({ topic, partition, offset, atMs: timestampMs, entry });
    entry.asked += 1;
    if (delivery.parkedOffset === undefined) {
      if (entry.attemptsAsked.has(delivery.attempt)) entry.askedAgain += 1;
      entry.attemptsAsked.add(delivery.attempt);
    }
    if (delivery.parkedOffset !== undefined && delivery.parkedOffset >= (entry.parkedAt?.offset ?? 0))
      entry.parkedAt = undefined;
  }

  private told(value: Buffer | null, told: Told): void {
    const fact = readFact(value);
    if (fact.kind === 'attempt' || fact.kind === 'parked' || fact.kind === 'fate') this.entry(fact).told.push(told);
    switch (fact.kind) {
      case 'matched':
        this.matched.add(fact.messageId);
        for (const endpointId of fact.endpointIds) this.entry({ messageId: fact.messageId, endpointId }).matched = true;
        return;
      case 'attempt': {
        const entry = this.entry(fact);
        this.attemptFacts += 1;
        if (fact.attempt > 1) this.retryFacts += 1;
        if (this.attemptIds.has(fact.attemptId)) {
          this.resent += 1;
          return;
        }
        this.attemptIds.add(fact.attemptId);
        if (fact.reason !== 'breaker-open') entry.facts += 1;
        if (fact.timing.lostMs !== undefined) entry.sentAgain += 1;
        if (fact.fate !== undefined) entry.fates.add(fact.fate);
        if (fact.reason !== undefined) this.reasons.set(fact.reason, (this.reasons.get(fact.reason) ?? 0) + 1);
        if (fact.reason === 'breaker-open') this.withoutRequest(entry, fact.atMs);
        return;
      }
      case 'endpoint':
        return;
      case 'parked':
        this.parkedFacts += 1;
        this.withoutRequest(this.entry(fact), fact.atMs);
        return;
      case 'fate':
        this.withoutRequest(this.entry(fact), fact.atMs);
        this.entry(fact).fates.add(fact.fate);
        return;
      case 'released':
      case 'redelivered':
        return;
    }
  }

  private withoutRequest(entry: Entry, atMs: number): void {
    entry.withoutRequest.push(atMs);
    entry.facts += 1;
    this.finishedWithoutRequestMs.push(atMs);
  }

  private undecided(): readonly string[] {
    return [...this.entries]
      .filter(([, entry]) => !entry.matched || (entry.fates.size === 0 && !this.isPending(entry)))
      .map(([id, { endpointId }]) => `${id} of ${endpointId}`);
  }

  /** It lies in `parked` where its lane knows of it, and its endpoint is switched off. */
  private isPending({ endpointId, parkedAt }: Entry): boolean {
    const parked = this.lanes.get(endpointId)?.parked;
    if (parkedAt === undefined || parked === undefined) return false;
    if (!this.isOff(endpointId) && this.lanes.get(endpointId)?.disabled === undefined) return false;
    return parked.oldestOffset <= parkedAt.offset && parkedAt.offset <= parked.newestOffset;
  }

  private entry({ messageId, endpointId }: { readonly messageId: MessageId; readonly endpointId: EndpointId }): Entry {
    const id = deliveryIdOf(messageId, endpointId);
    const known = this.entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      messageId,
      endpointId,
      asked: 0,
      askedAgain: 0,
      attemptsAsked: new Set(),
      requests: [],
      sentAgain: 0,
      withoutRequest: [],
      told: [],
      facts: 0,
      matched: false,
      fates: new Set(),
      parkedAt: undefined,
    };
    this.entries.set(id, entry);
    return entry;
  }
}

export function sentence({ account }: { readonly account: Account }): string {
  return Object.entries(account)
    .map(([name, count]) => `${String(count)} ${name}`)
    .join(', ');
}
