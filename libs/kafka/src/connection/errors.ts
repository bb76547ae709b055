import { AppError } from '@signpost/domain';

/** The process is leaving: nothing is asked of Kafka any more. */
export class ConnectionClosedError extends AppError {
  readonly code = 'kafka_connection_closed';
}
