import type { RecordHeaders } from './headers.js';

/** Where a record that was set aside came from. */
export interface SourceCoordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface Rejection {
  /** Stable, for machines: 'application_unknown', 'record_unreadable', 'event_type_invalid', … */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly reason: string;
  readonly source: SourceCoordinates;
  readonly atMs: number;
}

export const REJECTION_HEADER = 'signpost-rejection';

/** The record's own headers are kept beside the rejection, so that it can be corrected and sent again. */
export function rejectedHeaders(rejection: Rejection, original: RecordHeaders | undefined): RecordHeaders {
  return { ...original, [REJECTION_HEADER]: JSON.stringify(rejection) };
}
