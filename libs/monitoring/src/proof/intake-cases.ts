import { series } from '../promql/series.js';
import { changed, counted, steady, Story, ticket, type AlertCase } from './alert-case.js';

const INGEST = ['instance="ingest-1"'];
const rejected = series('messagesRejected', { source: 'kafka' }, INGEST);
const accepted = series('messagesAccepted', { source: 'kafka' }, INGEST);
const keys = series('idempotencyKeys', { result: 'unchecked' }, INGEST);
const eventIds = series('eventIds', { result: 'unchecked' }, INGEST);

const stories: readonly Story[] = [
  Story.of('IntakeRejected', 'a service writes what cannot be read', {
    [rejected]: counted([0, 40], [2, 60]),
    [accepted]: counted([20, 100]),
  })
    .quiet(60)
    .fires(61, ticket({}, '6.542%')),
  Story.of('IntakeRejected', 'ten of thirty are refused', {
    [rejected]: counted([0, 40], [1, 10], [0, 50]),
    [accepted]: counted([0, 40], [2, 10], [0, 50]),
  }).quiet(51, 60),
  Story.of('IntakeRejected', 'HTTP clients are refused, and told so', {
    [series('messagesRejected', { source: 'http' }, INGEST)]: counted([50, 60]),
    [series('messagesAccepted', { source: 'http' }, INGEST)]: counted([50, 60]),
    [rejected]: counted([0, 60]),
    [accepted]: counted([20, 60]),
  }).quiet(40, 60),
  Story.of('IntakeUnchecked', 'PostgreSQL is away from intake', {
    [keys]: counted([0, 10], [3, 30]),
    [eventIds]: counted([0, 10], [2, 30]),
  })
    .quiet(25)
    .fires(26, ticket({}, '50')),
  Story.of('IntakeUnchecked', 'a connection is lost once', {
    [keys]: counted([0, 10], [5, 1], [0, 40]),
    [eventIds]: counted([0, 51]),
  }).quiet(20, 26, 40),
  Story.of('SchemaUnusable', 'one payload could not be checked', {
    [series('payloadsChecked', { mode: 'enforce', result: 'unusable' }, INGEST)]: changed(0, 5, 1, 80),
  })
    .quiet(5)
    .fires(6, ticket({}, '1'))
    .quiet(66),
  Story.of('RecordsUnreadable', 'somebody writes to one of our topics', {
    [series('unreadable', { group: 'dispatcher' }, INGEST)]: changed(0, 5, 1, 80),
    [series('unreadable', { group: 'matcher' }, INGEST)]: steady(0, 80),
  })
    .quiet(5)
    .fires(6, ticket({ group: 'dispatcher' }, '1'))
    .quiet(66),
  Story.of('RecordsUnreadable', 'a service writes to its own topic', {
    [series('unreadable', { group: 'ingest' }, INGEST)]: counted([5, 60]),
  }).quiet(20, 60),
];

export const INTAKE_CASES: readonly AlertCase[] = stories.map((story) => story.case);
