import type { MetricDefinition } from './definition.js';

/** Endpoints and applications that a process names at most. */
const MOST_NAMED = 10;

/** What a dispatcher knows of the endpoints of its partitions: their state, and whether it is them or us. A part of METRICS. */
export const ENDPOINT_METRICS = {
  lanes: {
    kind: 'gauge',
    name: 'signpost_lanes',
    unit: 'lanes',
    help: "Lanes that this dispatcher has in memory, those with nothing to do included up to 10,000, by what they let through: closed (everything), half-open (one probe), open (nothing), paused (nothing, as their endpoint asked); and disabled: lanes of this dispatcher's partitions that Signpost has switched off. What an owner switched off is not counted.",
    labels: { state: ['closed', 'half-open', 'open', 'paused', 'disabled'] },
  },
  parkedWaiting: {
    kind: 'gauge',
    name: 'signpost_parked_deliveries',
    unit: 'deliveries',
    help: "Deliveries that lie in parked, by this dispatcher's lanes. An ordered lane's blocked conversations are counted with them.",
    labels: {},
  },
  originsRecent: {
    kind: 'gauge',
    name: 'signpost_origins_recent',
    unit: 'origins',
    help: 'Different origins (scheme, host and port) that this dispatcher made requests to in the last minute or the one before, by whether any of them answered with HTTP; at most 10,000 of each minute. Where most are unreachable at once it is our way out, and not theirs.',
    labels: { state: ['reachable', 'unreachable'] },
  },
  endpointsRecent: {
    kind: 'gauge',
    name: 'signpost_endpoints_recent',
    unit: 'endpoints',
    help: 'Different endpoints that this dispatcher made attempts for in the last minute or the one before, by whether any attempt succeeded; at most 10,000 of each minute.',
    labels: { state: ['succeeding', 'failing'] },
  },
  worstEndpoints: {
    kind: 'ranking',
    name: 'signpost_worst_endpoints_failed_attempts',
    unit: 'attempts',
    help: 'Failed attempts of the last five minutes, of the endpoints of this dispatcher that had most of them, and at least a hundredth of all; counted in bounded memory, too low by less than a hundredth of all. signpost_worst_endpoints_share says how much of all failures they are.',
    ids: ['application', 'endpoint'],
    most: MOST_NAMED,
  },
  worstEndpointsShare: {
    kind: 'gauge',
    name: 'signpost_worst_endpoints_share',
    unit: 'ratio',
    help: 'How much of the failed attempts of the last five minutes belongs to the endpoints that signpost_worst_endpoints_failed_attempts names; 1 when nothing failed.',
    labels: {},
  },
  busiestApplications: {
    kind: 'ranking',
    name: 'signpost_busiest_applications_attempts',
    unit: 'attempts',
    help: 'Attempts of the last five minutes, of the applications that this dispatcher made most for, and at least a hundredth of all; counted in bounded memory, too low by less than a hundredth of all. signpost_busiest_applications_share says how much of all attempts they are.',
    ids: ['application'],
    most: MOST_NAMED,
  },
  busiestApplicationsShare: {
    kind: 'gauge',
    name: 'signpost_busiest_applications_share',
    unit: 'ratio',
    help: 'How much of the attempts of the last five minutes belongs to the applications that signpost_busiest_applications_attempts names; 1 when there were none.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
