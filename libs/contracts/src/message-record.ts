import {
  isId,
  tailOfId,
  type ApplicationId,
  type EndpointId,
  type MessageId,
  type TraceCarrier,
} from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';
import { coordinatesText, readCoordinates, type SourceCoordinates } from './source-coordinates.js';
import { traceHeaders, traceOf } from './trace-headers.js';
import { parseJson, UnreadableRecordError } from './unreadable.js';

/** One accepted event: a record of `messages`. The payload's bytes are the record's value, as they came in. */
export interface MessageRecord {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  readonly eventType: string;
  /** The producer's own id for the event. */
  readonly eventId?: string;
  /** Who gave that id, where several do (the `source` of a CloudEvent); absent: it is the application's only one. */
  readonly eventSource?: string;
  readonly channels?: readonly string[];
  /** Free names that the message and its attempts are found by; no endpoint chooses by them. */
  readonly tags?: readonly string[];
  readonly conversationId?: string;
  /** For this endpoint alone, whatever it asked for: an example that its owner wants to see. */
  readonly onlyEndpointId?: EndpointId;
  /** Where it lies in the platform's own topic; absent for what came in otherwise. */
  readonly origin?: SourceCoordinates;
  /** Milliseconds since 1970: when the message was accepted. */
  readonly acceptedAtMs: number;
  /** Milliseconds since 1970 from which on the payload is shown to nobody; absent: kept as long as the delivery log. */
  readonly payloadExpiresAtMs?: number;
  /** It came above its application's quota, and so by `messages.bulk`. */
  readonly isOverQuota?: true;
  /** Its place in the trace that it is of; absent: in none that is recorded. */
  readonly trace?: TraceCarrier;
  readonly payload: Buffer;
}

/**
 * Messages of one conversation share a partition, and so keep their order; so do repeats of one event id, and of one
 * Idempotency-Key.
 */
export function messageKey(message: Omit<MessageRecord, 'payload'>): string {
  const tail = message.conversationId ?? message.eventId ?? tailOfId(message.id);
  return `${message.applicationId}:${tail}`;
}

/** CloudEvents 1.0 binary mode (Kafka protocol binding §3.2), so that other tools read the topic too. */
export function messageHeaders(message: Omit<MessageRecord, 'payload'>): RecordHeaders {
  return {
    ce_specversion: '1.0',
    ce_id: message.eventId ?? message.id,
    ce_source: `/applications/${message.applicationId}`,
    ce_type: message.eventType,
    ce_time: new Date(message.acceptedAtMs).toISOString(),
    'content-type': 'application/json',
    ce_message: message.id,
    ce_application: message.applicationId,
    ...(message.eventId === undefined ? {} : { ce_event: message.eventId }),
    ...(message.eventSource === undefined ? {} : { ce_eventsource: message.eventSource }),
    ...(message.conversationId === undefined ? {} : { ce_conversation: message.conversationId }),
    ...(message.channels === undefined ? {} : { ce_channels: JSON.stringify(message.channels) }),
    ...(message.tags === undefined ? {} : { ce_tags: JSON.stringify(message.tags) }),
    ...(message.payloadExpiresAtMs === undefined
      ? {}
      : { ce_payloadexpiry: new Date(message.payloadExpiresAtMs).toISOString() }),
    ...(message.isOverQuota === undefined ? {} : { ce_overquota: 'true' }),
    ...(message.onlyEndpointId === undefined ? {} : { ce_endpoint: message.onlyEndpointId }),
    ...(message.origin === undefined ? {} : { ce_origin: coordinatesText(message.origin) }),
    ...(message.trace === undefined ? undefined : traceHeaders(message.trace)),
  };
}

/** @throws UnreadableRecordError naming the header that is missing or malformed */
export function readMessage(record: {
  readonly headers?: RecordHeaders;
  readonly value: Buffer | null;
}): MessageRecord {
  const { headers, value } = record;
  const id = required(headers, 'ce_message');
  const applicationId = required(headers, 'ce_application');
  if (!isId('msg', id)) throw new UnreadableRecordError('header ce_message is no message id', { id });
  if (!isId('app', applicationId))
    throw new UnreadableRecordError('header ce_application is no application id', { applicationId });
  if (value === null) throw new UnreadableRecordError('a message has no payload', { id });
  const acceptedAtMs = timeIn('ce_time', required(headers, 'ce_time'));
  const expiry = headerText(headers, 'ce_payloadexpiry');
  const eventId = headerText(headers, 'ce_event');
  const eventSource = headerText(headers, 'ce_eventsource');
  const conversationId = headerText(headers, 'ce_conversation');
  const channels = textsIn(headers, 'ce_channels');
  const tags = textsIn(headers, 'ce_tags');
  const onlyEndpointId = endpointOf(headerText(headers, 'ce_endpoint'));
  const origin = originOf(headerText(headers, 'ce_origin'));
  const trace = traceOf(headers);
  return {
    id,
    applicationId,
    eventType: required(headers, 'ce_type'),
    acceptedAtMs,
    payload: value,
    ...(eventId === undefined ? {} : { eventId }),
    ...(eventSource === undefined ? {} : { eventSource }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(channels === undefined ? {} : { channels }),
    ...(tags === undefined ? {} : { tags }),
    ...(expiry === undefined ? {} : { payloadExpiresAtMs: timeIn('ce_payloadexpiry', expiry) }),
    ...(headerText(headers, 'ce_overquota') === 'true' ? { isOverQuota: true } : {}),
    ...(onlyEndpointId === undefined ? {} : { onlyEndpointId }),
    ...(origin === undefined ? {} : { origin }),
    ...(trace === undefined ? {} : { trace }),
  };
}

function timeIn(header: string, text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UnreadableRecordError(`header ${header} is no time`, { text });
  return atMs;
}

function textsIn(headers: RecordHeaders | undefined, header: string): readonly string[] | undefined {
  const text = headerText(headers, header);
  if (text === undefined) return undefined;
  const value = parseJson(text, `header ${header}`);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new UnreadableRecordError(`header ${header} is no list of texts`);
}

function endpointOf(text: string | undefined): EndpointId | undefined {
  if (text === undefined || isId('ep', text)) return text;
  throw new UnreadableRecordError('header ce_endpoint is no endpoint id', { text });
}

function originOf(text: string | undefined): SourceCoordinates | undefined {
  const origin = text === undefined ? undefined : readCoordinates(text);
  if (text === undefined || origin !== undefined) return origin;
  throw new UnreadableRecordError('header ce_origin is no topic:partition:offset', { text });
}

function required(headers: RecordHeaders | undefined, name: string): string {
  const text = headerText(headers, name);
  if (text === undefined || text === '') throw new UnreadableRecordError(`header ${name} is missing`);
  return text;
}
