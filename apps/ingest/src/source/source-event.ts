import { AppError } from '@signpost/domain';
import type { IncomingRecord } from '@signpost/ports';

/** One event of the platform's own topics, before anybody looked whether its application exists. */
export interface SourceEvent {
  /** The producer's id of the event, unique within `source`. */
  readonly eventId: string;
  readonly source: string;
  readonly eventType: string;
  /** Application id, or its uid. */
  readonly application: string;
  readonly conversationId?: string;
  readonly channels?: readonly string[];
  /** JSON, as it came. */
  readonly payload: Buffer;
  /** The payload as its reader parsed it, so that nobody does so again. */
  readonly json?: unknown;
}

export type SourceEventFault =
  | 'cloudevent_invalid'
  | 'headers_too_many'
  | 'event_type_invalid'
  | 'payload_not_json'
  | 'payload_not_object'
  | 'payload_missing';

/** An event that its producer has to send again, corrected. */
export class SourceEventError extends AppError {
  constructor(
    readonly code: SourceEventFault,
    reason: string,
  ) {
    super(reason);
  }
}

/** One way of writing an event into a record. Each has a reader of its own; the first that knows the record reads it. */
export interface SourceReader {
  knows(record: IncomingRecord): boolean;
  /** @throws SourceEventError saying what is wrong and what to do */
  read(record: IncomingRecord): SourceEvent;
}
