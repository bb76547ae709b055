import type { ApplicationId, AttemptId, DeliveryId, EndpointId, MessageId } from '@signpost/domain';
import type { LoggedAttempt, LoggedDelivery, LoggedMessage } from '@signpost/ports';

const MESSAGE = 'id, application_id, event_type, event_id, conversation_id, channels, accepted_at';
// Hidden from its time on; removed a little later.
const PAYLOAD = 'CASE WHEN payload_expires_at <= now() THEN NULL ELSE payload END AS payload';
export const messageColumns = (withContent: boolean): string =>
  withContent ? `${MESSAGE}, ${PAYLOAD}` : `${MESSAGE}, NULL::bytea AS payload`;

export interface MessageRow {
  readonly id: MessageId;
  readonly application_id: ApplicationId;
  readonly event_type: string;
  readonly event_id: string | null;
  readonly conversation_id: string | null;
  readonly channels: string[] | null;
  readonly accepted_at: Date;
  readonly payload: Buffer | null;
}

export function loggedMessage(row: MessageRow): LoggedMessage {
  return {
    id: row.id,
    applicationId: row.application_id,
    eventType: row.event_type,
    acceptedAt: row.accepted_at,
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.conversation_id === null ? {} : { conversationId: row.conversation_id }),
    ...(row.channels === null ? {} : { channels: row.channels }),
    ...(row.payload === null ? {} : { payload: row.payload }),
  };
}

const ATTEMPT = `id, delivery_id, message_id, endpoint_id, event_type, attempt, repeated, at, url, delivered, reason, status,
  lookup_ms, connect_ms, tls_ms, first_byte_ms, lost_ms, total_ms, manual, transformation, next_attempt_at`;
export const attemptColumns = (withContent: boolean): string =>
  withContent
    ? `${ATTEMPT}, response_body, request_headers, response_headers`
    : `${ATTEMPT}, NULL AS response_body, NULL AS request_headers, NULL AS response_headers`;

export interface AttemptRow {
  readonly id: AttemptId;
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly event_type: string;
  readonly attempt: number;
  readonly repeated: boolean;
  readonly at: Date;
  readonly url: string;
  readonly delivered: boolean;
  readonly reason: string | null;
  readonly status: number | null;
  readonly response_body: string | null;
  readonly request_headers: string | null;
  readonly response_headers: string | null;
  readonly lookup_ms: number | null;
  readonly connect_ms: number | null;
  readonly tls_ms: number | null;
  readonly first_byte_ms: number | null;
  readonly lost_ms: number | null;
  readonly total_ms: number;
  readonly manual: boolean;
  readonly transformation: number | null;
  readonly next_attempt_at: Date | null;
}

export function loggedAttempt(row: AttemptRow): LoggedAttempt {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    eventType: row.event_type,
    attempt: row.attempt,
    repeated: row.repeated,
    at: row.at,
    url: row.url,
    outcome: row.delivered ? 'delivered' : 'failed',
    trigger: row.manual ? 'manual' : 'scheduled',
    timing: timingOf(row),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.transformation === null ? {} : { transformation: row.transformation }),
    ...(row.response_body === null ? {} : { responseBody: row.response_body }),
    ...(row.request_headers === null ? {} : { requestHeaders: headersOf(row.request_headers) }),
    ...(row.response_headers === null ? {} : { responseHeaders: headersOf(row.response_headers) }),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
  };
}

function timingOf(row: AttemptRow): LoggedAttempt['timing'] {
  return {
    totalMs: row.total_ms,
    ...(row.lookup_ms === null ? {} : { lookupMs: row.lookup_ms }),
    ...(row.connect_ms === null ? {} : { connectMs: row.connect_ms }),
    ...(row.tls_ms === null ? {} : { tlsMs: row.tls_ms }),
    ...(row.first_byte_ms === null ? {} : { firstByteMs: row.first_byte_ms }),
    ...(row.lost_ms === null ? {} : { lostMs: row.lost_ms }),
  };
}

// Written by the recorder alone, from a fact of this form.
const headersOf = (text: string) => JSON.parse(text) as Readonly<Record<string, string>>;

export const DELIVERY = 'id, message_id, endpoint_id, event_type, attempts, state, dead_letter_reason, next_attempt_at';
export interface DeliveryRow {
  readonly id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly event_type: string;
  readonly attempts: number;
  readonly state: LoggedDelivery['state'];
  readonly dead_letter_reason: NonNullable<LoggedDelivery['deadLetterReason']> | null;
  readonly next_attempt_at: Date | null;
}

export function loggedDelivery(row: DeliveryRow): LoggedDelivery {
  return {
    id: row.id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    attempts: row.attempts,
    state: row.state,
    ...(row.dead_letter_reason === null ? {} : { deadLetterReason: row.dead_letter_reason }),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
  };
}
