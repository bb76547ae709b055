import { hash } from 'node:crypto';
import type { ApplicationId, MessageId } from '../ids.js';
import { tailOfId } from '../ids.js';

/** What of a message tells whether it came before. */
export interface Identifiable {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  /** The producer's own id for the event. */
  readonly eventId?: string;
  /** Who gave that id, where several do; absent: the application's only one. */
  readonly eventSource?: string;
}

/** Words of 32 bits: four of the name, two of the source of an event id (both 0: of none in particular). */
export const IDENTITY_WORDS = 6;
/** Of a message as six words. Made anew by each call into the same place: whoever keeps it copies it. */
export type EventIdentity = Uint32Array;

const MOST_SOURCES = 1_000;

/**
 * Names of events in 128 bits, cut from SHA-256. Message and delivery ids have 113: whoever finds two events that this
 * takes for one has found two messages of one id before.
 */
export class EventIdentities {
  private readonly words = new Uint32Array(IDENTITY_WORDS);
  private readonly sources = new Map<string, readonly [number, number]>();

  /**
   * An event id counts within its application. A message without one goes by the part of its id that does not tell the time: it is
   * the same for all messages of one Idempotency-Key and place, and of one place in a source topic.
   */
  of({ id, applicationId, eventId, eventSource }: Identifiable): EventIdentity {
    const { words } = this;
    const name = eventId === undefined ? `m ${tailOfId(id)}` : `e ${applicationId} ${eventId}`;
    const digest = hash('sha256', name, 'buffer');
    for (let word = 0; word < 4; word += 1) words[word] = digest.readUInt32LE(word * 4);
    const [high, low] = eventId === undefined || eventSource === undefined ? NO_SOURCE : this.sourceOf(eventSource);
    words[4] = high;
    words[5] = low;
    return words;
  }

  private sourceOf(source: string): readonly [number, number] {
    const known = this.sources.get(source);
    if (known !== undefined) return known;
    const digest = hash('sha256', source, 'buffer');
    // Never the words of no source.
    const words = [digest.readUInt32LE(0), (digest.readUInt32LE(4) | 1) >>> 0] as const;
    if (this.sources.size >= MOST_SOURCES) this.sources.clear();
    this.sources.set(source, words);
    return words;
  }
}

const NO_SOURCE = [0, 0] as const;
