import { TRANSFORMATION_FAULTS } from '@signpost/domain';

/** What endpoints' transformations make, and take. A part of METRICS. */
export const TRANSFORMATION_METRICS = {
  declined: {
    kind: 'counter',
    name: 'signpost_deliveries_declined_total',
    unit: 'deliveries',
    help: "Deliveries that their endpoint's transformation declined.",
    labels: {},
  },
  transformations: {
    kind: 'counter',
    name: 'signpost_transformations_total',
    unit: 'runs',
    help: 'Runs of transformations, by what came of them: a request, none, or a fault of the code or the sandbox.',
    labels: { outcome: ['made', 'declined', ...TRANSFORMATION_FAULTS] },
  },
  transformationDuration: {
    kind: 'histogram',
    name: 'signpost_transformation_duration_seconds',
    unit: 'seconds',
    help: "Seconds from asking for a transformation to its outcome, with the wait for its application's share of the workers.",
    labels: {},
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
} as const;
