import { series } from '../promql/series.js';
import { changed, counted, page, steady, Story, ticket, type AlertCase } from './alert-case.js';

const DISPATCHER = ['instance="dispatcher-1"'];
const there = { instance: 'dispatcher-1' };

interface Tried {
  readonly unreachable: string;
  readonly reachable: string;
  readonly failing: string;
  readonly succeeding: string;
}

const tried = ({ unreachable, reachable, failing, succeeding }: Tried) => ({
  [series('originsRecent', { state: 'unreachable' }, DISPATCHER)]: unreachable,
  [series('originsRecent', { state: 'reachable' }, DISPATCHER)]: reachable,
  [series('endpointsRecent', { state: 'failing' }, DISPATCHER)]: failing,
  [series('endpointsRecent', { state: 'succeeding' }, DISPATCHER)]: succeeding,
});

const noWayOut = tried({
  unreachable: changed(1, 10, 18, 40),
  reachable: changed(19, 10, 1, 40),
  failing: changed(1, 10, 30, 40),
  succeeding: changed(30, 10, 2, 40),
});
const refusedEverywhere = tried({
  unreachable: steady(1, 40),
  reachable: steady(25, 40),
  failing: changed(1, 5, 15, 40),
  succeeding: changed(30, 5, 5, 40),
});
/** Of one customer or two: nobody can tell whose fault it is. */
const fewOfThem = tried({
  unreachable: steady(9, 40),
  reachable: steady(0, 40),
  failing: steady(9, 40),
  succeeding: steady(0, 40),
});
const someOfThem = tried({
  unreachable: steady(12, 40),
  reachable: steady(8, 40),
  failing: steady(40, 40),
  succeeding: steady(60, 40),
});
/** Some hosts are gone, and others refuse: no one cause of ours. */
const goneAndRefusing = tried({
  unreachable: steady(12, 40),
  reachable: steady(8, 40),
  failing: steady(30, 40),
  succeeding: steady(10, 40),
});
const fewFail = tried({
  unreachable: steady(0, 40),
  reachable: steady(9, 40),
  failing: steady(9, 40),
  succeeding: steady(0, 40),
});
/** While breakers are open, an endpoint is asked every few minutes. */
const breakersOpen = tried({
  unreachable: '1+0x10 18+0x4 3+0x20',
  reachable: '19+0x10 0+0x25',
  failing: '1+0x10 18+0x4 3+0x20',
  succeeding: '30+0x10 0+0x25',
});

const whoseFault: readonly Story[] = [
  Story.of('EgressBroken', 'most origins cannot be reached at once', noWayOut)
    .quiet(10, 12)
    .fires(13, page(there, '94.74%')),
  Story.of('EndpointsFailing', 'most origins cannot be reached at once', noWayOut).quiet(25, 45),
  Story.of('EgressBroken', 'most endpoints fail, and their hosts answer', refusedEverywhere).quiet(20, 40),
  Story.of('EndpointsFailing', 'most endpoints fail, and their hosts answer', refusedEverywhere)
    .quiet(15)
    .fires(16, ticket(there, '75%')),
  Story.of('EgressBroken', 'all of nine origins cannot be reached', fewOfThem).quiet(20, 40),
  Story.of('EgressBroken', 'more than half of the origins cannot be reached', someOfThem).quiet(20, 40),
  Story.of('EndpointsFailing', 'two in five endpoints fail', someOfThem).quiet(20, 40),
  Story.of('EndpointsFailing', 'most endpoints fail, of which more than half cannot be reached', goneAndRefusing)
    .quiet(9)
    .fires(10, ticket(there, '75%')),
  Story.of('EndpointsFailing', 'all of nine endpoints fail', fewFail).quiet(20, 40),
  Story.of('EgressBroken', 'what cannot be reached is asked less and less', breakersOpen)
    .fires(20, page(there, '100%'))
    .quiet(26),
];

const letters = (of: 'platform' | 'customer') =>
  series('deadLetters', { reason: of === 'platform' ? 'unreadable' : 'attempts-exhausted', class: of }, DISPATCHER);
const TEN_MINUTES = 600;
const DAY_OF_STEPS = 144;
const dayMinutes = DAY_OF_STEPS * 10;
const unusual = ticket({ class: 'customer' });

const deadLetterGrowth: readonly Story[] = [
  Story.of('DeadLetterGrowth', 'one delivery dies for a fault of ours', { [letters('platform')]: changed(0, 5, 1, 30) })
    .quiet(5)
    .fires(6, page({ class: 'platform', reason: 'unreadable' }, '1'))
    .quiet(21),
  Story.of(
    'DeadLetterGrowth',
    'after a usual day ten times as many die',
    { [letters('customer')]: counted([6, DAY_OF_STEPS], [60, 12]) },
    TEN_MINUTES,
  )
    .quiet(dayMinutes, dayMinutes + 34)
    .fires(dayMinutes + 35, unusual),
  Story.of(
    'DeadLetterGrowth',
    'after a usual day fifteen times as many die, which are few',
    { [letters('customer')]: counted([1, DAY_OF_STEPS], [15, 12]) },
    TEN_MINUTES,
  ).quiet(dayMinutes + 60, dayMinutes + 110),
  Story.of(
    'DeadLetterGrowth',
    'after none ever some hundred die',
    { [letters('customer')]: counted([0, 20], [30, 10]) },
    TEN_MINUTES,
  )
    .quiet(230)
    .fires(250, unusual),
];

const ours = (ends: 'within-7d' | 'within-30d', values: string) => ({
  [series('certificates', { use: 'kafka', ends }, DISPATCHER)]: values,
});
const theirs = (ends: 'past' | 'within-7d', values: string) => ({
  [series('certificates', { use: 'endpoint-client', ends }, DISPATCHER)]: values,
});

const certificateExpiry: readonly Story[] = [
  Story.of('CertificateExpiry', 'our own ends in a week', {
    ...ours('within-7d', changed(0, 5, 1, 20)),
    ...ours('within-30d', changed(1, 5, 0, 20)),
  })
    .quiet(10)
    .fires(11, page({ use: 'kafka', ends: 'within-7d' })),
  Story.of('CertificateExpiry', 'our own ends in a month', ours('within-30d', changed(0, 5, 1, 90)))
    .quiet(65)
    .fires(66, ticket({ use: 'kafka', ends: 'within-30d' }, '1')),
  Story.of('CertificateExpiry', "three endpoints' end in a week", theirs('within-7d', changed(0, 5, 3, 90)))
    .quiet(65)
    .fires(66, ticket({ use: 'endpoint-client', ends: 'within-7d' }, '3')),
  Story.of('CertificateExpiry', "an endpoint's has ended long ago", theirs('past', steady(5, 90))).quiet(30, 90),
];

export const ENDPOINT_CASES: readonly AlertCase[] = [...whoseFault, ...deadLetterGrowth, ...certificateExpiry].map(
  (story) => story.case,
);
