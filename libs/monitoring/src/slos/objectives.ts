import { buckets, series, total } from '../promql/series.js';

/**
 * What is promised, as a share of what happened. `bad` and `events` are rates over a range of time, summed over all
 * processes, so that a share of one by the other weighs every event alike.
 */
export interface Objective {
  /** As the label `objective` of everything that is made from it. */
  readonly name: string;
  /** Of its alerts: '<alert>' in PascalCase. */
  readonly alert: string;
  readonly title: string;
  /** What is kept, for whoever reads a page at night. */
  readonly promise: string;
  /** The share that has to be good. */
  readonly target: number;
  /** PromQL of the events a second that count. */
  readonly events: (range: string) => string;
  /** PromQL of those among them that break the promise. */
  readonly bad: (range: string) => string;
}

const rate = (selector: string, range: string): string => `sum(rate(${selector}[${range}]))`;

/** The seconds that a first delivery may take are those that the metric counts by; see its help. */
export const deliveredInTime: Objective = {
  name: 'delivered-in-time',
  alert: 'DeliveredInTimeBurn',
  title: 'Delivered in time',
  promise:
    'Of the first attempts that delivered to a healthy endpoint, 99.9 % did so within 5 s of the acceptance of their message.',
  target: 0.999,
  events: (range) => rate(series('firstAttempts', { endpoint: 'healthy', result: ['in-time', 'late'] }), range),
  bad: (range) => rate(series('firstAttempts', { endpoint: 'healthy', result: 'late' }), range),
};

/** How late a return may be: a bound of the histogram. */
const ON_TIME_SECONDS = 5;

export const onTime: Objective = {
  name: 'on-time',
  alert: 'OnTimeBurn',
  title: 'Retried on time',
  promise: 'Of the deliveries that waited for a retry, 99.9 % came back within 5 s of the time at which they were due.',
  target: 0.999,
  events: (range) => rate(total('count', 'tierLateness'), range),
  bad: (range) =>
    `(${rate(total('count', 'tierLateness'), range)} - ${rate(buckets('tierLateness', {}, [], ON_TIME_SECONDS), range)})`,
};

export const intakeAvailable: Objective = {
  name: 'intake-available',
  alert: 'IntakeAvailableBurn',
  title: 'Intake available',
  promise: 'Of the requests that publish, 99.95 % are answered for what they are: accepted, or refused with a reason.',
  target: 0.999_5,
  events: (range) => rate(series('intakeRequests'), range),
  bad: (range) => rate(series('intakeRequests', { answer: 'failed' }), range),
};

export const OBJECTIVES: readonly Objective[] = [deliveredInTime, onTime, intakeAvailable];
