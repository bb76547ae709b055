import { AppError } from '@signpost/domain';

/** The client stopped reading and will not start again by itself. */
export class ConsumerStoppedError extends AppError {
  readonly code = 'consumer_stopped';
}

/** A handler threw or rejected: handlers turn every outcome into records, so this is a bug. */
export class HandlerFailedError extends AppError {
  readonly code = 'handler_failed';
}

/** A group's handlers and topics do not fit together; found before the first record. */
export class ConsumerSetupError extends AppError {
  readonly code = 'consumer_setup';
}
