import type { EndpointId } from '../ids.js';
import {
  contentMismatchOf,
  type AskingContent,
  type ContentMismatch,
  type JudgedMessage,
} from '../matching/content-match.js';
import { mismatchOf } from '../matching/matches.js';
import { askedAt, type AskedChange } from './asked-then.js';

/** Whoever was answered is known to every matcher after this, in milliseconds. */
const KNOWN_WITHIN_MS = 1_000;

/** What the matcher answered. */
export interface MatchedThen {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly endpointIds: ReadonlySet<EndpointId>;
  /** Its event came before, in another message: that one was sent, and this one to nobody. */
  readonly isRepeat?: boolean;
}

/** An endpoint as it is kept now. Times are milliseconds since 1970. */
export interface ConsideredEndpoint extends AskingContent {
  readonly createdAtMs: number;
  /** The last change of any of its fields. */
  readonly updatedAtMs: number;
  readonly deletedAtMs?: number;
  /** All of its changes since the matching; undefined where they are not kept. */
  readonly changes?: readonly AskedChange[];
}

/** Why an endpoint did not get a message. */
export type NotMatchedRule =
  | ContentMismatch
  /** The event came within the window before, in another message. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'created-later'; readonly createdAtMs: number }
  | { readonly kind: 'deleted'; readonly deletedAtMs: number }
  /** It was changed after the matching, or a moment before, and what it asked for then is not known. */
  | { readonly kind: 'changed-since'; readonly changedAtMs: number }
  /** Nothing that is kept says why. */
  | { readonly kind: 'unknown' };

export type ExplainedMatch =
  /** The matcher has not answered, as far as is known. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'matched' }
  | { readonly kind: 'not-matched'; readonly rule: NotMatchedRule };

/**
 * What the matcher decided is a fact, and never guessed at. Why it left an endpoint out is judged by the matcher's own
 * rules, on what the endpoint asked for at that moment.
 */
export function explainMatch(
  endpoint: ConsideredEndpoint,
  message: JudgedMessage,
  matched: MatchedThen | undefined,
): ExplainedMatch {
  if (matched === undefined) return { kind: 'undecided' };
  if (matched.endpointIds.has(endpoint.id)) return { kind: 'matched' };
  if (matched.isRepeat === true) return { kind: 'not-matched', rule: { kind: 'repeat' } };
  return { kind: 'not-matched', rule: ruleOf(endpoint, message, matched.atMs) };
}

const askedBefore = (endpoint: AskingContent, changes: readonly AskedChange[] | undefined, atMs: number) =>
  changes === undefined ? undefined : askedAt(endpoint, changes, atMs);

function ruleOf(endpoint: ConsideredEndpoint, message: JudgedMessage, atMs: number): NotMatchedRule {
  const { id, createdAtMs, updatedAtMs, deletedAtMs, changes } = endpoint;
  const forAnother = mismatchOf(endpoint, message);
  // Whom a message is for does not change.
  if (forAnother?.kind === 'only-endpoint') return forAnother;
  if (createdAtMs > atMs) return { kind: 'created-later', createdAtMs };
  if (deletedAtMs !== undefined && deletedAtMs <= atMs) return { kind: 'deleted', deletedAtMs };
  const then = updatedAtMs > atMs ? askedBefore(endpoint, changes, atMs) : endpoint;
  if (then === undefined) return { kind: 'changed-since', changedAtMs: updatedAtMs };
  const mismatch = contentMismatchOf({ ...then, id }, message);
  if (mismatch !== undefined) return mismatch;
  const unknownFromMs = message.acceptedAtMs - KNOWN_WITHIN_MS;
  if (createdAtMs > unknownFromMs) return { kind: 'created-later', createdAtMs };
  if (updatedAtMs > unknownFromMs) return { kind: 'changed-since', changedAtMs: updatedAtMs };
  return { kind: 'unknown' };
}
