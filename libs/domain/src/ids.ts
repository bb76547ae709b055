import { hash, randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type OrganisationId = Id<'OrganisationId'>;
export type ApplicationId = Id<'ApplicationId'>;
export type EndpointId = Id<'EndpointId'>;
export type MessageId = Id<'MessageId'>;
export type DeliveryId = Id<'DeliveryId'>;
export type DeadLetterId = Id<'DeadLetterId'>;
export type AttemptId = Id<'AttemptId'>;
export type ApiKeyId = Id<'ApiKeyId'>;
export type RecoveryId = Id<'RecoveryId'>;
export type PortalTokenId = Id<'PortalTokenId'>;
export type AuditEntryId = Id<'AuditEntryId'>;
export type RejectedId = Id<'RejectedId'>;

interface IdByPrefix {
  org: OrganisationId;
  app: ApplicationId;
  ep: EndpointId;
  msg: MessageId;
  dlv: DeliveryId;
  dl: DeadLetterId;
  atmpt: AttemptId;
  key: ApiKeyId;
  qtask: RecoveryId;
  ptk: PortalTokenId;
  audit: AuditEntryId;
  rej: RejectedId;
}
export type IdPrefix = keyof IdByPrefix;

// In ASCII order, so that ids of one prefix compare as text in the order of their time.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TIME_LENGTH = 8;
const TAIL_LENGTH = 19;

/**
 * `<prefix>_` and 27 letters or digits: 8 for the time in milliseconds, 19 (113 bits) at random.
 * Ids sort by time; a row's partition in the delivery log follows from its id alone.
 */
export function newId<P extends IdPrefix>(prefix: P, atMs: number): IdByPrefix[P] {
  return assemble(prefix, timeText(atMs), randomTail());
}

/** The same parts give the same id, in every process and after every crash. `atMs` must be as stable as the parts. */
export function derivedId<P extends IdPrefix>(prefix: P, atMs: number, ...parts: readonly string[]): IdByPrefix[P] {
  return assemble(prefix, timeText(atMs), digestTail(parts));
}

/** One message owed to one endpoint has one id, whoever computes it and however often (promise 6). */
export function deliveryIdOf(messageId: MessageId, endpointId: EndpointId): DeliveryId {
  return assemble('dlv', messageId.slice(4, 4 + TIME_LENGTH), digestTail([messageId, endpointId]));
}

/** One run of a delivery that died then has one dead letter, whoever reads its record and however often. */
export function deadLetterIdOf(deliveryId: DeliveryId, redelivery: number, deadAtMs: number): DeadLetterId {
  return derivedId('dl', deadAtMs, deliveryId, String(redelivery));
}

const ID = new RegExp(`^[a-z]+_[0-9A-Za-z]{${String(TIME_LENGTH + TAIL_LENGTH)}}$`);

/** Milliseconds since 1970 that an id was made at; undefined for a text that is no id of ours. */
export function timeOfId(id: string): number | undefined {
  if (!ID.test(id)) return undefined;
  const start = id.indexOf('_') + 1;
  let time = 0;
  for (let index = start; index < start + TIME_LENGTH; index += 1) {
    time = time * 62 + ALPHABET.indexOf(id.charAt(index));
  }
  return time;
}

/** What of an id does not tell its time: the same for all ids that are derived from the same parts. */
export function tailOfId(id: string): string {
  return id.slice(-TAIL_LENGTH);
}

/** The smallest id of this prefix at or after a time: a bound for partitions and for time ranges. */
export function lowestId(prefix: IdPrefix, atMs: number): string {
  return `${prefix}_${timeText(atMs)}${'0'.repeat(TAIL_LENGTH)}`;
}

export function isId<P extends IdPrefix>(prefix: P, text: string): text is IdByPrefix[P] {
  return text.startsWith(`${prefix}_`) && ID.test(text);
}

function assemble<P extends IdPrefix>(prefix: P, time: string, tail: string): IdByPrefix[P] {
  return `${prefix}_${time}${tail}` as IdByPrefix[P];
}

let cachedMs = -1;
let cachedText = '';
function timeText(atMs: number): string {
  if (atMs === cachedMs) return cachedText;
  let rest = atMs;
  let text = '';
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  cachedMs = atMs;
  cachedText = text;
  return text;
}

// Random bytes are drawn in blocks: one call for each id would cost more than all the rest of it.
const pool = Buffer.alloc(TAIL_LENGTH * 256);
let used = pool.length;
function randomTail(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const from = used;
  used += TAIL_LENGTH;
  return letters(pool, from);
}

function digestTail(parts: readonly string[]): string {
  // The length before each part keeps ('a', 'bc') and ('ab', 'c') apart.
  let text = '';
  for (const part of parts) text += `${String(part.length)}:${part}`;
  // In one go: an object for each hash would cost more than the hash.
  return letters(hash('sha256', text, 'buffer'), 0);
}

function letters(bytes: Uint8Array, from: number): string {
  let text = '';
  for (let index = from; index < from + TAIL_LENGTH; index += 1) text += ALPHABET.charAt((bytes[index] ?? 0) % 62);
  return text;
}
