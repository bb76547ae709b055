import { DEAD_LETTER_REASONS, DIFFERENCES, PARK_REASONS, REASON_CLASSES, TIER_NAMES } from '@signpost/domain';
import type { MetricDefinition } from './definition.js';
import { INTAKE_METRICS } from './intake-metrics.js';
import { TRANSFORMATION_METRICS } from './transformation-metrics.js';

const GROUPS = [
  'ingest',
  'matcher',
  'dispatcher',
  'retry-scheduler',
  'parked-release',
  'parked-sweep',
  'recorder',
  'dead-letter-index',
  'rejected-index',
  'notifier',
] as const;
const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Every metric that Signpost exports, as data. docs/reference/metrics.md is generated from it. */
export const METRICS = {
  ...INTAKE_METRICS,
  messagesMatched: {
    kind: 'counter',
    name: 'signpost_messages_matched_total',
    help: 'Messages matched to endpoints, by whether any endpoint asked for them; a repeat of an event goes to nobody.',
    labels: { result: ['matched', 'nobody', 'repeat', 'unreadable'] },
  },
  filterFailures: {
    kind: 'counter',
    name: 'signpost_filter_failures_total',
    help: 'Messages that an endpoint did not get since its filters could say nothing of them: judging took too many steps, or the payload or the filter cannot be read.',
    labels: { reason: ['too-many-steps', 'unreadable-payload', 'unreadable-filter'] },
  },
  deliveriesMade: {
    kind: 'counter',
    name: 'signpost_deliveries_made_total',
    help: 'Deliveries written for endpoints that asked for a message.',
    labels: {},
  },
  attempts: {
    kind: 'counter',
    name: 'signpost_attempts_total',
    help: 'Delivery attempts, by outcome.',
    labels: {
      outcome: [
        'delivered',
        'http-error',
        'timeout',
        'network-error',
        'gone',
        'blocked-address',
        'unsigned',
        'no-token',
        'breaker-open',
        'transformation',
      ],
    },
  },
  attemptDuration: {
    kind: 'histogram',
    name: 'signpost_attempt_duration_seconds',
    help: 'Seconds from looking up the address to the end of the answer, by outcome.',
    labels: { outcome: ['delivered', 'failed'] },
    buckets: LATENCY_SECONDS,
  },
  deliveryLatency: {
    kind: 'histogram',
    name: 'signpost_delivery_latency_seconds',
    help: 'Seconds from acceptance of the message to its delivery, by whether the first attempt succeeded.',
    labels: { attempt: ['first', 'later'] },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3_600, 86_400],
  },
  retries: {
    kind: 'counter',
    name: 'signpost_retries_total',
    help: 'Deliveries sent to wait in a tier.',
    labels: { tier: TIER_NAMES },
  },
  tierLateness: {
    kind: 'histogram',
    name: 'signpost_tier_lateness_seconds',
    help: 'Seconds between the time at which a waiting delivery was due and its return.',
    labels: { tier: TIER_NAMES },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
  },
  deadLetters: {
    kind: 'counter',
    name: 'signpost_dead_letters_total',
    help: "Deliveries set aside for a person, by reason, and by who has to look first: the endpoint's owner, or the platform.",
    labels: { reason: DEAD_LETTER_REASONS, class: REASON_CLASSES },
  },
  parked: {
    kind: 'counter',
    name: 'signpost_deliveries_parked_total',
    help: 'Deliveries parked without spending an attempt, by reason.',
    labels: { reason: PARK_REASONS },
  },
  released: {
    kind: 'counter',
    name: 'signpost_deliveries_released_total',
    help: 'Parked deliveries handed back to their lane.',
    labels: {},
  },
  cancelled: {
    kind: 'counter',
    name: 'signpost_deliveries_cancelled_total',
    help: 'Deliveries cancelled because their endpoint was deleted.',
    labels: {},
  },
  expired: {
    kind: 'counter',
    name: 'signpost_deliveries_expired_total',
    help: "Deliveries that outlived their event type's time to live, by where that was noticed.",
    labels: { noticed: ['arrival', 'turn', 'retry'] },
  },
  ...TRANSFORMATION_METRICS,
  superseded: {
    kind: 'counter',
    name: 'signpost_deliveries_superseded_total',
    help: 'Deliveries that a newer one of the same endpoint, event type and conversation made worthless, or whose place a redelivery took.',
    labels: {},
  },
  redeliveriesAsked: {
    kind: 'counter',
    name: 'signpost_redeliveries_asked_total',
    help: 'Deliveries handed to their lane once more, by what asked for it; trial: sent to another URL instead; rejected: rejected records handed to intake once more.',
    labels: { by: ['resend', 'recover', 'trial', 'rejected'] },
  },
  redeliveriesTakenIn: {
    kind: 'counter',
    name: 'signpost_redeliveries_taken_in_total',
    help: "Redeliveries that reached their lane: of a task, in the place of a run that may be under way, or a second copy of a task's, which is dropped.",
    labels: { by: ['task', 'take-over', 'repeat'] },
  },
  coalescingForgone: {
    kind: 'counter',
    name: 'signpost_coalescing_forgone_total',
    help: "Deliveries set aside for which the lane's memory had no more room: a newer one may not supersede them.",
    labels: {},
  },
  swept: {
    kind: 'counter',
    name: 'signpost_parked_swept_total',
    help: 'Parked deliveries that waited too long and were handed back to be dead-lettered.',
    labels: {},
  },
  inFlight: {
    kind: 'gauge',
    name: 'signpost_attempts_in_flight',
    help: 'Requests under way.',
    labels: {},
  },
  queued: {
    kind: 'gauge',
    name: 'signpost_lane_queued_deliveries',
    help: 'Deliveries waiting in the lanes of this process.',
    labels: {},
  },
  consumerWindow: {
    kind: 'gauge',
    name: 'signpost_consumer_window_records',
    help: 'Records read and not yet done, over all partitions of a consumer group in this process.',
    labels: { group: GROUPS },
  },
  consumerAge: {
    kind: 'gauge',
    name: 'signpost_consumer_oldest_unfinished_seconds',
    help: 'Age of the oldest record that was read and is not yet done.',
    labels: { group: GROUPS },
  },
  consumerRecords: {
    kind: 'counter',
    name: 'signpost_consumer_records_total',
    help: "Records handed to a consumer group's handler.",
    labels: { group: GROUPS },
  },
  rebalances: {
    kind: 'counter',
    name: 'signpost_consumer_rebalances_total',
    help: 'Assignments that a consumer group member received.',
    labels: { group: GROUPS },
  },
  commits: {
    kind: 'counter',
    name: 'signpost_consumer_commits_total',
    help: 'Offset commits, by result.',
    labels: { group: GROUPS, result: ['committed', 'failed'] },
  },
  producerResends: {
    kind: 'counter',
    name: 'signpost_producer_resends_total',
    help: 'Records that were produced again because the broker had not confirmed them.',
    labels: {},
  },
  recorderRows: {
    kind: 'counter',
    name: 'signpost_recorder_rows_total',
    help: 'Records written to the delivery log, by topic.',
    labels: { topic: ['messages', 'journal'] },
  },
  deadLettersIndexed: {
    kind: 'counter',
    name: 'signpost_dead_letters_indexed_total',
    help: 'Records of the dead-letter topic by what the index made of them: taken in, the letter of a record that names no delivery, no letter at all, or refused by the database.',
    labels: { result: ['indexed', 'without-delivery', 'unreadable', 'refused'] },
  },
  rejectedIndexed: {
    kind: 'counter',
    name: 'signpost_rejected_indexed_total',
    help: 'Records of the topic of rejected records by what the index made of them: taken in, none that Signpost wrote, or refused by the database.',
    labels: { result: ['indexed', 'unreadable', 'refused'] },
  },
  recorderFailures: {
    kind: 'counter',
    name: 'signpost_recorder_failed_writes_total',
    help: 'Batches that the database refused; each is tried again until it is written.',
    labels: {},
  },
  accountDifference: {
    kind: 'gauge',
    name: 'signpost_account_difference',
    help: 'Messages and deliveries by which the account of all that the delivery log keeps does not add up, by kind. The one process that counts says it; the others say 0.',
    labels: { kind: DIFFERENCES },
  },
  accountSettled: {
    kind: 'gauge',
    name: 'signpost_account_settled_timestamp_seconds',
    help: 'Seconds since 1970 at which all that the topics held is known to have been done and recorded. The one process that counts says it; the others say 0.',
    labels: {},
  },
  accountMinutes: {
    kind: 'counter',
    name: 'signpost_account_minutes_counted_total',
    help: 'Minutes of the account that were counted, again or for the first time.',
    labels: {},
  },
  operationalEvents: {
    kind: 'counter',
    name: 'signpost_operational_events_total',
    help: "Messages to organisations' operational applications, by event type.",
    labels: {
      type: ['endpoint.failing', 'endpoint.disabled', 'endpoint.recovered', 'message.attempt.exhausted'],
    },
  },
  mails: {
    kind: 'counter',
    name: 'signpost_mails_total',
    help: 'Mails about endpoints by what became of them: sent, refused by the server, given up after an hour, dropped for want of room, or left out as one of the day before was about the same.',
    labels: { result: ['sent', 'refused', 'given-up', 'dropped', 'repeated'] },
  },
  authenticationFailures: {
    kind: 'counter',
    name: 'signpost_authentication_failures_total',
    help: 'Requests with an unknown key or token, by the answer: refused (401), or limited (429) as too many came from one address.',
    labels: { answer: ['refused', 'limited'] },
  },
  unreadable: {
    kind: 'counter',
    name: 'signpost_unreadable_records_total',
    help: 'Records that did not decode and were set aside, by the group that met them.',
    labels: { group: GROUPS },
  },
} as const satisfies Record<string, MetricDefinition>;

export type ConsumerGroupName = (typeof GROUPS)[number];
