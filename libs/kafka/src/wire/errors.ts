import { AppError } from '@signpost/domain';

/** A broker, or whatever answers in its place, does not speak the protocol as agreed: the connection is closed. */
export class ProtocolError extends AppError {
  readonly code = 'kafka_protocol_broken';
}

/** The connection could not be made, or ended before the answer. Whether the request took effect is unknown. */
export class ConnectionLostError extends AppError {
  readonly code = 'kafka_connection_lost';
}

/** No answer in time. Whether the request took effect is unknown. */
export class RequestTimedOutError extends AppError {
  readonly code = 'kafka_request_timed_out';
}

/** The broker lacks a version of a request that this client speaks: it is older than Kafka 2.4, or much newer. */
export class BrokerVersionError extends AppError {
  readonly code = 'kafka_version_unsupported';
}

export class LoginRefusedError extends AppError {
  readonly code = 'kafka_login_refused';
}

/** The broker answered a whole request with an error; `details.error` is Kafka's number of it. */
export class BrokerRefusedError extends AppError {
  readonly code = 'kafka_request_refused';
}

/** Bytes of a log that are no record batch: damaged under way or on disk, or of a format before Kafka 0.11. */
export class RecordsUnreadableError extends AppError {
  readonly code = 'kafka_records_unreadable';
}

/** Records compressed in a way that is not read here: their producer has to use gzip, zstd or none. */
export class CompressionUnsupportedError extends AppError {
  readonly code = 'kafka_compression_unsupported';
}
