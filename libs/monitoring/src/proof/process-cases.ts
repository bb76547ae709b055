import { METRICS } from '@signpost/observability';
import { EVENT_LOOP_DELAY, UP } from '../alerts/selectors.js';
import { series } from '../promql/series.js';
import { changed, counted, page, steady, Story, ticket, type AlertCase } from './alert-case.js';

const DISPATCHER = ['instance="dispatcher-1"'];
const there = { instance: 'dispatcher-1' };
const scraped = { ...there, job: 'signpost' };

/** Every role runs somewhere; `dispatcher` as it is said. */
const roles = (dispatcher: string) =>
  Object.fromEntries(
    METRICS.processRole.labels.role.map((role) => [
      series('processRole', { role }, [`instance="${role}-1"`]),
      role === 'dispatcher' ? dispatcher : steady(1, 40),
    ]),
  );
const of = (selector: string, instance = 'dispatcher-1') => selector.replace('{', `{instance="${instance}", `);

interface Sockets {
  readonly waiting: string;
  readonly busy: number;
}
const sockets = ({ waiting, busy }: Sockets) => ({
  [series('socketsAwaited', {}, DISPATCHER)]: waiting,
  [series('sockets', { state: 'busy' }, DISPATCHER)]: steady(busy, 30),
  [series('sockets', { state: 'idle' }, DISPATCHER)]: steady(96, 30),
  [series('socketsLimit', {}, DISPATCHER)]: steady(4_096, 30),
});

const stories: readonly Story[] = [
  Story.of('ProcessDown', 'the last dispatcher is gone', roles(`${steady(1, 5)} stale`))
    .quiet(8)
    .fires(9, page({ role: 'dispatcher' })),
  Story.of('ProcessDown', 'one process of many is gone', {
    ...roles(steady(1, 40)),
    [of(UP)]: changed(1, 5, 0, 30),
    [of(UP, 'dispatcher-2')]: steady(1, 35),
    'up{instance="dispatcher-1", job="another"}': steady(0, 35),
  })
    .quiet(10)
    .fires(11, ticket(scraped)),
  Story.of('ProcessDown', 'a process is restarted', {
    ...roles('1+0x5 stale _ 1+0x20'),
    [of(UP)]: '1+0x5 0+0x1 1+0x20',
  }).quiet(8, 12, 20),
  Story.of('EventLoopBlocked', 'a process is busy for long stretches', {
    [of(EVENT_LOOP_DELAY)]: changed(0.02, 5, 0.8, 20),
  })
    .quiet(10)
    .fires(11, ticket(scraped, '800ms')),
  Story.of('EventLoopBlocked', 'a process is busy', { [of(EVENT_LOOP_DELAY)]: steady(0.3, 20) }).quiet(15, 20),
  Story.of('ProducerResends', 'a broker confirms late', {
    [series('producerResends', {}, DISPATCHER)]: counted([0, 15], [120, 30]),
  })
    .quiet(30)
    .fires(31, ticket(there, '2')),
  Story.of('EgressPoolExhausted', 'every connection is taken', sockets({ waiting: changed(0, 5, 7, 25), busy: 4_000 }))
    .quiet(10)
    .fires(11, ticket(there, '7')),
  Story.of(
    'EgressPoolExhausted',
    'one origin has as many connections as it may',
    sockets({ waiting: steady(7, 30), busy: 1_024 }),
  ).quiet(20, 30),
];

export const PROCESS_CASES: readonly AlertCase[] = stories.map((story) => story.case);
