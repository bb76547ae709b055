import { series } from '../promql/series.js';
import { changed, counted, page, steady, Story, ticket, type AlertCase } from './alert-case.js';

const RECORDER = ['instance="recorder-1"'];
const API = ['instance="api-1"'];
const difference = series('accountDifference', { kind: 'fresh-lost' }, RECORDER);

const account: readonly Story[] = [
  Story.of('AccountDifference', 'two deliveries are nowhere', { [difference]: changed(0, 5, 2, 20) })
    .quiet(5, 10)
    .fires(11, page({ kind: 'fresh-lost' }, '2')),
  Story.of('AccountDifference', 'a message came into a minute that was over', {
    [difference]: '0+0x5 2+0x2 0+0x20',
  }).quiet(7, 12),
  Story.of('AccountUnsettled', 'nothing is settled any more', {
    [series('accountSettled', {}, RECORDER)]: counted([60, 10], [0, 80]),
    [series('accountSettled', {}, ['instance="recorder-2"'])]: steady(0, 90),
  })
    .quiet(39, 60)
    .fires(61, ticket()),
];

const outboxBehind: readonly Story[] = [
  Story.of('OutboxBehind', 'the relay stops', { [series('outboxOldest', {}, RECORDER)]: '0+0x5 30+30x20 0+0x5' })
    .quiet(12)
    .fires(13, page({}, '4m 0s'))
    .quiet(28),
];

interface Recovery {
  readonly running: string;
  readonly left: string;
  readonly handedOver: string;
}
const recovery = ({ running, left, handedOver }: Recovery) => ({
  [series('recoveries', { state: 'running' }, RECORDER)]: running,
  [series('recoveryDeliveries', { progress: 'left' }, RECORDER)]: left,
  [series('redeliveriesAsked', { by: 'recover' }, API)]: handedOver,
});
const stopped = counted([10, 10], [0, 80]);

const recoveryStuck: readonly Story[] = [
  Story.of(
    'RecoveryStuck',
    'a re-drive comes to a halt',
    recovery({ running: steady(1, 90), left: steady(500, 90), handedOver: stopped }),
  )
    .quiet(39, 69)
    .fires(70, ticket({}, '1')),
  Story.of(
    'RecoveryStuck',
    'a re-drive goes on slowly',
    recovery({ running: steady(1, 90), left: steady(500, 90), handedOver: counted([1, 90]) }),
  ).quiet(70, 90),
  Story.of(
    'RecoveryStuck',
    'a re-drive is paused',
    recovery({ running: steady(0, 90), left: steady(500, 90), handedOver: stopped }),
  ).quiet(75, 90),
  Story.of(
    'RecoveryStuck',
    'a re-drive has handed all over',
    recovery({ running: steady(1, 90), left: steady(0, 90), handedOver: stopped }),
  ).quiet(75, 90),
];

interface Pool {
  readonly waiting: string;
  readonly busy: string;
}
const pool = ({ waiting, busy }: Pool) => ({
  [series('databaseAwaited', { pool: 'log' }, RECORDER)]: waiting,
  [series('databaseConnections', { pool: 'log', state: 'busy' }, RECORDER)]: busy,
  [series('databaseConnections', { pool: 'log', state: 'idle' }, RECORDER)]: steady(0, 30),
  [series('databaseLimit', { pool: 'log' }, RECORDER)]: steady(4, 30),
});

const databasePool: readonly Story[] = [
  Story.of(
    'DatabasePoolExhausted',
    'queries wait for the pool',
    pool({ waiting: changed(0, 5, 3, 25), busy: steady(4, 30) }),
  )
    .quiet(5, 10)
    .fires(11, ticket({ pool: 'log', instance: 'recorder-1' }, '3')),
  Story.of(
    'DatabasePoolExhausted',
    'queries wait while connections are made',
    pool({ waiting: steady(3, 30), busy: steady(2, 30) }),
  ).quiet(20, 30),
];

export const STORAGE_CASES: readonly AlertCase[] = [...account, ...outboxBehind, ...recoveryStuck, ...databasePool].map(
  (story) => story.case,
);
