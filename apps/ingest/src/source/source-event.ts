import { AppError } from '@signpost/domain';
import type { IncomingRecord } from '@signpost/ports';

export interface SourcePayload {
  /** A JSON object, as it came. */
  readonly payload: Buffer;
  /** What it says, where its reader parsed it, so that nobody does so again. */
  readonly json?: unknown;
}

/** One event of the platform's own topics, before anybody looked whether its application exists. */
export interface SourceEvent extends SourcePayload {
  /** The producer's id of the event, unique within `source`; absent: the record has none. */
  readonly eventId?: string;
  /** Who gave that id; absent: the application has nobody else who gives ids. */
  readonly source?: string;
  /** When it happened, in milliseconds since 1970. */
  readonly timeMs?: number;
  readonly eventType: string;
  /** Application id, or its uid. */
  readonly application: string;
  readonly conversationId?: string;
  readonly channels?: readonly string[];
}

export type SourceEventFault =
  | 'cloudevent_invalid'
  | 'field_invalid'
  | 'headers_too_many'
  | 'event_type_invalid'
  | 'payload_not_json'
  | 'payload_not_object'
  | 'payload_missing'
  | 'source_unknown'
  | 'schema_unknown'
  | 'schema_mismatch';

/** An event that its producer has to send again, corrected. */
export class SourceEventError extends AppError {
  constructor(
    readonly code: SourceEventFault,
    reason: string,
  ) {
    super(reason);
  }
}

/** One way of writing events into the records of a topic. */
export interface SourceReader {
  /** Resolves once all is there that the record is read with; undefined: it is. */
  prepare?(record: IncomingRecord): Promise<void> | undefined;
  /** @throws SourceEventError saying what is wrong and what to do */
  read(record: IncomingRecord): SourceEvent;
}
