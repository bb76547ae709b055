import { asksFor, ENDPOINT_NAMES, type EndpointName } from '../demo/behaviours.js';
import type { DemoEvent } from '../demo/events.js';
import type { Arrival } from '../demo/receiver.js';

interface Expected {
  readonly event: DemoEvent;
  readonly messageId: string;
}
type Received = Pick<Arrival, 'signed' | 'status' | 'body'>;

/** What was accepted, and what arrived of it: the difference is what a check reports. */
export class Ledger {
  readonly #sent: Expected[] = [];
  readonly #arrivals = new Map<string, Received[]>();

  sent(event: DemoEvent, messageId: string): void {
    this.#sent.push({ event, messageId });
  }

  arrived(arrival: Arrival): void {
    const key = `${arrival.endpoint}/${arrival.messageId}`;
    const before = this.#arrivals.get(key) ?? [];
    before.push(arrival);
    this.#arrivals.set(key, before);
  }

  /** Ids of the messages that an endpoint asked for. */
  owedTo(endpoint: EndpointName): readonly string[] {
    return this.#sent.filter(({ event }) => asksFor(endpoint, event.eventType)).map(({ messageId }) => messageId);
  }

  get deliveries(): number {
    return ENDPOINT_NAMES.reduce((sum, name) => sum + this.owedTo(name).length, 0);
  }

  /** How many messages of an endpoint got an answer of that status. */
  answered(endpoint: EndpointName, status: number): number {
    return this.owedTo(endpoint).filter((id) => this.#of(endpoint, id).some((each) => each.status === status)).length;
  }

  /** One sentence for each delivery that did not arrive as it should have. */
  missing(): readonly string[] {
    const faults = ENDPOINT_NAMES.filter((name) => name !== 'gone').flatMap((name) =>
      this.#sent
        .filter(({ event }) => asksFor(name, event.eventType))
        .flatMap((expected) => this.#fault(name, expected)),
    );
    const gone = this.owedTo('gone');
    if (gone.length > 0 && this.answered('gone', 410) === 0) faults.push('gone: no delivery got its 410');
    return faults;
  }

  #fault(endpoint: EndpointName, { event, messageId }: Expected): readonly string[] {
    const arrivals = this.#of(endpoint, messageId);
    const what = `${endpoint}: ${event.eventType} ${messageId}`;
    if (arrivals.length === 0) return [`${what} did not arrive`];
    if (arrivals.some(({ signed }) => !signed)) return [`${what} arrived with a wrong signature`];
    const bytes = JSON.stringify(event.payload);
    if (arrivals.some(({ body }) => body !== bytes)) return [`${what} arrived with other bytes than were sent`];
    if (!arrivals.some(({ status }) => status === 200))
      return [`${what} was not tried again after ${String(arrivals.at(-1)?.status)}`];
    return [];
  }

  #of(endpoint: EndpointName, messageId: string): readonly Received[] {
    return this.#arrivals.get(`${endpoint}/${messageId}`) ?? [];
  }
}
