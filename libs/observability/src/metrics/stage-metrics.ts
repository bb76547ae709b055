import type { MetricDefinition } from './definition.js';

/** Seconds, from a lookup in a cache to a wait in a tier. */
const STAGE_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3_600,
] as const;

/**
 * Where the time from acceptance to delivery goes, in the order in which a delivery meets them. Each is observed once a
 * message (intake) or once an attempt (the others, where it had that stage): a kept connection needs no connect.
 */
export const STAGES = [
  /** From an event's coming, by HTTP whole, by Kafka to its topic, to Kafka's confirmation that it is in `messages`. */
  'intake',
  /**
   * From acceptance, where latency begins, until its delivery was written to `deliveries`: the write to `messages` is in
   * it. First attempts only, and none of what lay in `parked` before.
   */
  'match',
  /** From there to the beginning of the first attempt. */
  'queue',
  /**
   * From the failure before to the beginning of this attempt: what the schedule asks for, and lateness; later attempts
   * only, and none of what lay in `parked`. What an open breaker refused in between is no attempt.
   */
  'wait',
  'lookup',
  'connect',
  'tls',
  /** From the request's going out to the first byte of its answer. */
  'first-byte',
] as const;

/** What a platform promises its customers by: how long deliveries take, and where the time goes. A part of METRICS. */
export const STAGE_METRICS = {
  stageDuration: {
    kind: 'histogram',
    name: 'signpost_stage_duration_seconds',
    unit: 'seconds',
    help: 'Seconds that a message or an attempt spent in a stage of its way: intake (until it is in Kafka), match (from acceptance until its delivery is, the write of the message included), queue (until its first attempt), wait (from a failed attempt to the next), and of the attempt itself lookup, connect, tls and first-byte. What lay in parked is in none of match, queue and wait.',
    labels: { stage: STAGES },
    buckets: STAGE_SECONDS,
  },
  firstAttempts: {
    kind: 'counter',
    name: 'signpost_first_attempts_total',
    unit: 'attempts',
    help: 'First attempts of deliveries, by the state of their endpoint before (healthy: its breaker closed, no failure since its last success, nothing of it held back, and quick to answer), and by what came of them: delivered within 5 s of acceptance, delivered later, or not delivered. Redeliveries are no first attempts, and what came above the quota of its application is left out. The objective for first tries is in-time of all that was delivered to healthy endpoints.',
    labels: { endpoint: ['healthy', 'unwell'], result: ['in-time', 'late', 'failed'] },
  },
  intakeRequests: {
    kind: 'counter',
    name: 'signpost_intake_requests_total',
    unit: 'requests',
    help: 'HTTP requests that publish, by answer: accepted (2xx), refused for what the caller sent (4xx), or failed for something of ours (5xx, 503 for want of room or Kafka among them). A caller who went away without an answer was failed if it had waited for a second, and is counted with what was refused otherwise. The objective for intake is all but failed.',
    labels: { answer: ['accepted', 'refused', 'failed'] },
  },
  httpRequestDuration: {
    kind: 'histogram',
    name: 'signpost_http_request_duration_seconds',
    unit: 'seconds',
    help: 'Seconds from a request to its answer, by what it asked of: publishing, the rest of the API, or what every process answers (health, metrics), and by the class of the answer. A request whose caller went away first is not among them.',
    labels: { area: ['publish', 'api', 'platform'], answer: ['2xx', '3xx', '4xx', '5xx'] },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
} as const satisfies Record<string, MetricDefinition>;
