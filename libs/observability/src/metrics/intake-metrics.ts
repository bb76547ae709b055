import type { MetricDefinition } from './definition.js';

/** What comes in, and what is asked for it. */
export const INTAKE_METRICS = {
  messagesAccepted: {
    kind: 'counter',
    name: 'signpost_messages_accepted_total',
    unit: 'messages',
    help: 'Messages accepted, by the way they came in.',
    labels: { source: ['http', 'kafka'] },
  },
  messagesRejected: {
    kind: 'counter',
    name: 'signpost_messages_rejected_total',
    unit: 'events',
    help: 'Events refused at intake, by the way they came in.',
    labels: { source: ['http', 'kafka'] },
  },
  messagesOverQuota: {
    kind: 'counter',
    name: 'signpost_messages_over_quota_total',
    unit: 'messages',
    help: "Messages accepted above their application's quota, by the way they came in, and whether they went to messages.bulk or stayed in messages for the sake of their order.",
    labels: { source: ['http', 'kafka'], way: ['bulk', 'messages'] },
  },
  schemasRead: {
    kind: 'counter',
    name: 'signpost_schemas_read_total',
    unit: 'requests',
    help: 'Schemas asked for at the schema registry, by whether it had them, had none, or did not answer.',
    labels: { result: ['found', 'unknown', 'failed'] },
  },
  idempotencyKeys: {
    kind: 'counter',
    name: 'signpost_idempotency_keys_total',
    unit: 'requests',
    help: 'Requests with an Idempotency-Key: carried out, answered as before, refused while another is under way or since the key was used for something else, or not checked for want of a database.',
    labels: { result: ['first', 'replayed', 'running', 'other-request', 'unchecked'] },
  },
  eventIds: {
    kind: 'counter',
    name: 'signpost_event_ids_total',
    unit: 'requests',
    help: 'Event ids that came by HTTP: reserved, reserved again after one that was never confirmed, refused since it came before, given up while another is under way, or not checked for want of a database.',
    labels: { result: ['reserved', 'reserved-again', 'repeated', 'running', 'unchecked'] },
  },
  requestsShed: {
    kind: 'counter',
    name: 'signpost_http_requests_shed_total',
    unit: 'requests',
    help: 'Requests answered 503 before their body was read, since the bodies under way took up all the room.',
    labels: {},
  },
  payloadsChecked: {
    kind: 'counter',
    name: 'signpost_payloads_checked_total',
    unit: 'messages',
    help: 'Payloads checked by the schema of their event type, by what becomes of one that does not fit: fits, does not, or the schema cannot be used, so that the payload was let through.',
    labels: { mode: ['enforce', 'warn'], result: ['valid', 'invalid', 'unusable'] },
  },
} as const satisfies Record<string, MetricDefinition>;
