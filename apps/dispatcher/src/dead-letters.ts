import {
  deadLetterHeaders,
  deadLetterOf,
  DISPATCHER_GROUP,
  timestampTypeOf,
  TOPICS,
  unreadableHeaders,
  type DeadLetter,
  type LetterOrigin,
} from '@signpost/contracts';
import { parkedFailure, type DeadLetterReason, type Failures } from '@signpost/domain';
import type { IncomingRecord, OutgoingRecord, RecordSink } from '@signpost/ports';
import type { QueuedDelivery } from './queued-delivery.js';

/** What names things as Kafka and its tools do. */
export type KafkaNames = Pick<RecordSink, 'nameInKafka'>;

/** What a delivery that ends here for a person leaves behind. `failures`: its last attempt's among them. */
export function letterOf(
  { delivery, origin, parkedFor }: QueuedDelivery,
  reason: DeadLetterReason,
  failures: Failures | undefined,
  atMs: number,
  names: KafkaNames,
): DeadLetter {
  const instead = parkedFor === undefined ? undefined : parkedFailure(parkedFor);
  return deadLetterOf({ delivery, reason, failures, instead, origin: originIn(origin, names), atMs });
}

export function letterRecord(letter: DeadLetter, payload: Buffer): OutgoingRecord {
  const { endpointId } = letter.delivery;
  return { topic: TOPICS.deadLetter, key: endpointId, value: payload, headers: deadLetterHeaders(letter) };
}

/** A record that is no delivery goes where a person looks, with the reason. */
export function unreadableRecord(
  { key, value, headers }: Pick<IncomingRecord, 'key' | 'value' | 'headers'>,
  names: KafkaNames,
  origin: LetterOrigin,
  why: string,
  atMs: number,
): OutgoingRecord {
  return {
    topic: TOPICS.deadLetter,
    key: key?.toString('utf8') ?? '',
    value,
    headers: unreadableHeaders(headers, { origin: originIn(origin, names), why, atMs }),
  };
}

function originIn(origin: LetterOrigin, names: KafkaNames): LetterOrigin {
  return {
    ...origin,
    topic: names.nameInKafka(origin.topic),
    ...(origin.timestampMs === undefined ? {} : { timestampType: timestampTypeOf(origin.topic) }),
    consumerGroup: names.nameInKafka(DISPATCHER_GROUP),
  };
}
