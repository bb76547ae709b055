import { buckets, series, total } from '../promql/series.js';
import { deliveredInTime, intakeAvailable, onTime, type Objective } from '../slos/objectives.js';
import { counted, page, Story, ticket, type AlertCase, type Firing } from './alert-case.js';

/** Some minutes with so many times the errors that just last for 30 days. */
type Stretch = readonly [times: number, minutes: number];

interface Subject {
  readonly objective: Objective;
  /** Its events, so many a minute, and so many of them bad. */
  readonly input: (
    perMinute: number,
    badShare: (times: number) => number,
    stretches: readonly Stretch[],
  ) => Readonly<Record<string, string>>;
}

const FROM = ['instance="one"'];
const A_MINUTE = 1_000;

const good = (perMinute: number, bad: (times: number) => number, stretches: readonly Stretch[]) =>
  counted(...stretches.map(([times, minutes]) => [perMinute * (1 - bad(times)), minutes] as const));
const wrong = (perMinute: number, bad: (times: number) => number, stretches: readonly Stretch[]) =>
  counted(...stretches.map(([times, minutes]) => [perMinute * bad(times), minutes] as const));
const both = (perMinute: number, stretches: readonly Stretch[]) =>
  counted(...stretches.map(([, minutes]) => [perMinute, minutes] as const));

const SUBJECTS: readonly Subject[] = [
  {
    objective: deliveredInTime,
    input: (...of) => ({
      [series('firstAttempts', { endpoint: 'healthy', result: 'in-time' }, FROM)]: good(...of),
      [series('firstAttempts', { endpoint: 'healthy', result: 'late' }, FROM)]: wrong(...of),
      // Of no account: an endpoint that is not well, and what was not delivered.
      [series('firstAttempts', { endpoint: 'unwell', result: 'late' }, FROM)]: both(of[0], of[2]),
      [series('firstAttempts', { endpoint: 'healthy', result: 'failed' }, FROM)]: both(of[0], of[2]),
    }),
  },
  {
    objective: onTime,
    input: (...of) => ({
      [buckets('tierLateness', { tier: '1m' }, [...FROM, 'le="5"'])]: good(...of),
      [total('count', 'tierLateness', { tier: '1m' }, FROM)]: both(of[0], of[2]),
    }),
  },
  {
    objective: intakeAvailable,
    input: (...of) => ({
      [series('intakeRequests', { answer: 'accepted' }, FROM)]: good(...of),
      [series('intakeRequests', { answer: 'failed' }, FROM)]: wrong(...of),
    }),
  },
];

export const BURN_CASES: readonly AlertCase[] = SUBJECTS.flatMap((subject) =>
  casesOf(subject).map((story) => story.case),
);

function casesOf({ objective, input }: Subject): readonly Story[] {
  // Without the digits that binary fractions bring along: a counter that falls by one of them counts as begun anew.
  const budget = Number((1 - objective.target).toPrecision(6));
  const told = (what: string, ...stretches: readonly Stretch[]) =>
    Story.of(
      objective.alert,
      what,
      input(A_MINUTE, (times) => times * budget, stretches),
    );
  /** The value: so many minutes of so many times the budget, among so many. */
  const of = (window: string, times: number, bad: number, minutes: number): [Firing['labels'], string] => [
    { objective: objective.name, window },
    `${String(Number((((times * bad) / minutes) * budget * 100).toPrecision(4)))}%`,
  ];
  const begun = 22 * 60;
  return [
    told('twenty times the errors, for three quarters of an hour', [0, begun], [20, 46], [0, 20])
      .quiet(begun, begun + 10, begun + 45)
      .fires(begun + 46, page(...of('1h', 20, 46, 60)))
      .quiet(begun + 52),
    told('ten times the errors, for half a working day', [0, 360], [10, 219], [0, 40])
      .fires(577, ticket(...of('1d', 10, 217, 577)), ticket(...of('3d', 10, 217, 577)))
      .fires(579, page(...of('6h', 10, 219, 360)), ticket(...of('1d', 10, 219, 579)), ticket(...of('3d', 10, 219, 579)))
      .fires(614, ticket(...of('1d', 10, 219, 614)), ticket(...of('3d', 10, 219, 614))),
    told('five times the errors, for half a day', [0, 60], [5, 720], [0, 380])
      .quiet(89)
      .fires(91, ticket(...of('3d', 5, 31, 91)))
      .fires(164, ticket(...of('3d', 5, 104, 164)))
      .fires(166, ticket(...of('1d', 5, 106, 166)), ticket(...of('3d', 5, 106, 166)))
      .fires(905, ticket(...of('3d', 5, 720, 905)))
      .quiet(1_150),
    Story.of(
      objective.alert,
      'every second event is bad, of one a minute',
      input(1, () => 0.5, [[1, 80]]),
    ).quiet(70),
  ];
}
