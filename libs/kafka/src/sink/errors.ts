import { AppError } from '@signpost/domain';

/** A record of more bytes than a topic takes: no retry would help it. */
export class RecordTooLargeError extends AppError {
  readonly code = 'record_too_large';
}

/** The sink was closed before the record was acknowledged: it may or may not have been written. */
export class SinkClosedError extends AppError {
  readonly code = 'kafka_sink_closed';
}
