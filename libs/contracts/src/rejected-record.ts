import { headerText, type RecordHeaders } from './headers.js';
import { coordinatesText, type SourceCoordinates } from './source-coordinates.js';
import { TOPICS } from './topics.js';

export interface Rejection {
  /** Stable, for machines: 'application_unknown', 'record_unreadable', 'event_type_invalid', … */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly reason: string;
  readonly source: SourceCoordinates;
  readonly atMs: number;
}

export const REJECTION_HEADER = 'signpost-rejection';
/** What does not fit into a record of `messages.rejected` beside its reason stays at its source alone. */
const LARGEST_VALUE_BYTES = 786_432;
const LARGEST_HEADERS_BYTES = 131_072;

/** The record's own headers are kept beside the rejection, so that it can be corrected and sent again. */
export function rejectedHeaders(rejection: Rejection, original: RecordHeaders | undefined): RecordHeaders {
  return { ...original, [REJECTION_HEADER]: JSON.stringify(rejection) };
}

/** A record of `messages.rejected`, keyed by where the refused one lies. */
export function rejectedRecord(
  rejection: Rejection,
  original: { readonly value: Buffer | null; readonly headers: RecordHeaders },
): { topic: typeof TOPICS.rejected; key: string; value: Buffer | null; headers: RecordHeaders } {
  const tooLong = (original.value?.length ?? 0) > LARGEST_VALUE_BYTES;
  const headers = headerBytes(original.headers) > LARGEST_HEADERS_BYTES ? undefined : original.headers;
  return {
    topic: TOPICS.rejected,
    key: coordinatesText(rejection.source),
    value: tooLong ? null : original.value,
    headers: rejectedHeaders(rejection, headers),
  };
}

/** Undefined where the header is absent or holds no rejection. */
export function readRejection(headers: RecordHeaders | undefined): Rejection | undefined {
  try {
    const value: unknown = JSON.parse(headerText(headers, REJECTION_HEADER) ?? 'null');
    return typeof value === 'object' && value !== null && 'code' in value ? (value as Rejection) : undefined;
  } catch {
    return undefined;
  }
}

function headerBytes(headers: RecordHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length;
    // A name that came twice has a list of values.
    for (const one of [value].flat()) bytes += Buffer.byteLength(one);
  }
  return bytes;
}
