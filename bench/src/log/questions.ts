import { newId, type EndpointId } from '@signpost/domain';
import type { AttemptFilter, DeliveryFilter, DeliveryLogReader, LogPage, MessageFilter } from '@signpost/ports';
import { RARE, type FilledLog } from './filled-log.js';

export interface Question {
  readonly name: string;
  /** `at`: counts the times that it is asked; cursors and quiet endpoints change with it. */
  readonly ask: (reader: DeliveryLogReader, at: number) => Promise<unknown>;
}

const LIMIT = 51;
const DAY_MS = 86_400_000;

type Place = (at: number) => Omit<LogPage, 'limit'>;

/** Every list with every filter, at the start, far within, backwards and for a time. */
export function questionsFor(log: FilledLog): readonly Question[] {
  return [...attemptQuestions(log), ...messageQuestions(log), ...endpointMessageQuestions(log), ...others(log)];
}

function placesOf(log: FilledLog, prefix: 'atmpt' | 'msg'): Readonly<Record<string, Place>> {
  const within = (at: number) => log.startMs + ((log.endMs - log.startMs) * ((at * 37) % 100)) / 100;
  return {
    newest: () => ({ order: 'descending' }),
    deep: (at) => ({ order: 'descending', beyond: newId(prefix, Math.floor(within(at))) }),
    backwards: (at) => ({ order: 'ascending', beyond: newId(prefix, Math.floor(within(at))) }),
    'of one day': (at) => ({
      order: 'descending',
      before: new Date(within(at) + DAY_MS),
      after: new Date(within(at)),
    }),
  };
}

const MESSAGE_FILTERS: Readonly<Record<string, MessageFilter>> = {
  all: {},
  'a common type': { eventTypes: ['type.3'] },
  'five types': { eventTypes: ['type.1', 'type.2', 'type.3', 'type.4', 'type.5'] },
  'a rare type': { eventTypes: [RARE.eventType] },
  'an absent type': { eventTypes: ['absent'] },
  'a common channel': { channel: 'common' },
  'a rare channel': { channel: RARE.channel },
  'an absent channel': { channel: 'absent' },
  'a rare tag': { tag: RARE.tag },
  'a common channel and a rare type': { channel: 'common', eventTypes: [RARE.eventType] },
};

const ATTEMPT_FILTERS: Readonly<Record<string, AttemptFilter>> = {
  ...MESSAGE_FILTERS,
  success: { outcome: 'delivered' },
  fail: { outcome: 'failed' },
  'status class 500': { statusClass: 5 },
  'rare status class 400': { statusClass: 4 },
  'absent status class 300': { statusClass: 3 },
  'no answer': { statusClass: 0 },
  'fail and a rare type': { outcome: 'failed', eventTypes: [RARE.eventType] },
  'status class 400 and a common type': { statusClass: 4, eventTypes: ['type.3'] },
  'fail and a common channel': { outcome: 'failed', channel: 'common' },
  'status class 400 and a common channel': { statusClass: 4, channel: 'common' },
};

const DELIVERY_FILTERS: Readonly<Record<string, DeliveryFilter>> = {
  ...MESSAGE_FILTERS,
  success: { statuses: ['success'] },
  'absent: fail': { statuses: ['fail', 'canceled'] },
  'absent: pending': { statuses: ['pending'] },
};

function quiet(log: FilledLog, at: number) {
  const application = log.applications[1 + (at % (log.applications.length - 1))];
  const endpointId = application?.endpoints[at % 10];
  if (application === undefined || endpointId === undefined) throw new Error('no endpoint');
  return { applicationId: application.id, endpointId };
}

function attemptQuestions(log: FilledLog): readonly Question[] {
  const ofBusy = combined(placesOf(log, 'atmpt'), ATTEMPT_FILTERS).map(({ name, place, filter }) => ({
    name: `attempts of the busy endpoint, ${name}`,
    ask: (reader: DeliveryLogReader, at: number) =>
      reader.attemptsOfEndpoint(log.busyApplication, log.busy, { limit: LIMIT, ...place(at) }, filter),
  }));
  const ofQuiet = combined(placesOf(log, 'atmpt'), ATTEMPT_FILTERS).map(({ name, place, filter }) => ({
    name: `attempts of a quiet endpoint, ${name}`,
    ask: (reader: DeliveryLogReader, at: number) => {
      const { applicationId, endpointId } = quiet(log, at);
      return reader.attemptsOfEndpoint(applicationId, endpointId, { limit: LIMIT, ...place(at) }, filter);
    },
  }));
  return [...ofBusy, ...ofQuiet];
}

function messageQuestions(log: FilledLog): readonly Question[] {
  return combined(placesOf(log, 'msg'), MESSAGE_FILTERS).flatMap(({ name, place, filter }) => [
    {
      name: `messages of the busy application, ${name}`,
      ask: (reader: DeliveryLogReader, at: number) =>
        reader.messages(log.busyApplication, { limit: LIMIT, ...place(at) }, filter),
    },
    {
      name: `messages of a quiet application, ${name}`,
      ask: (reader: DeliveryLogReader, at: number) =>
        reader.messages(quiet(log, at).applicationId, { limit: LIMIT, ...place(at) }, filter),
    },
  ]);
}

function endpointMessageQuestions(log: FilledLog): readonly Question[] {
  return combined(placesOf(log, 'msg'), DELIVERY_FILTERS).flatMap(({ name, place, filter }) => [
    {
      name: `messages of the busy endpoint, ${name}`,
      ask: (reader: DeliveryLogReader, at: number) =>
        reader.messagesOfEndpoint(log.busyApplication, log.busy, { limit: LIMIT, ...place(at) }, filter),
    },
    {
      name: `messages of a quiet endpoint, ${name}`,
      ask: (reader: DeliveryLogReader, at: number) => {
        const { applicationId, endpointId } = quiet(log, at);
        return reader.messagesOfEndpoint(applicationId, endpointId, { limit: LIMIT, ...place(at) }, filter);
      },
    },
  ]);
}

function others(log: FilledLog): readonly Question[] {
  const { busyApplication: application, someMessage: message, busy } = log;
  const page = { limit: LIMIT, order: 'descending' } as const;
  const search = (text: string) => async (reader: DeliveryLogReader) => {
    const messageIds = await reader.messageIds(application, text);
    return reader.attemptsOfEndpoint(application, busy, page, { messageIds });
  };
  const stats = (endpointOf: (at: number) => EndpointId) => (reader: DeliveryLogReader, at: number) =>
    reader.deliveryCounts(endpointOf(at), { since: new Date(log.endMs - 28 * DAY_MS), until: new Date(log.endMs) });
  return [
    { name: 'attempts of a message', ask: (reader) => reader.attemptsOfMessage(application, message.id, page, {}) },
    {
      name: 'attempts of a message, fail',
      ask: (reader) => reader.attemptsOfMessage(application, message.id, page, { outcome: 'failed' }),
    },
    { name: 'endpoints of a message', ask: (reader) => reader.deliveriesOfMessage(application, message.id) },
    { name: 'a message by the id of its event', ask: (reader) => reader.message(application, message.eventId ?? '') },
    { name: 'attempts of the busy endpoint, searched by event id', ask: search(message.eventId ?? '') },
    { name: 'attempts of the busy endpoint, searched by part of a message id', ask: search(message.id.slice(0, 18)) },
    { name: 'attempts of the busy endpoint, searched in vain', ask: search('nothing-like-it') },
    { name: 'stats of the busy endpoint, 28 days', ask: stats(() => busy) },
    { name: 'stats of a quiet endpoint, 28 days', ask: stats((at) => quiet(log, at).endpointId) },
  ];
}

function combined<F>(places: Readonly<Record<string, Place>>, filters: Readonly<Record<string, F>>) {
  return Object.entries(filters).flatMap(([what, filter]) =>
    Object.entries(places).map(([where, place]) => ({ name: `${what}, ${where}`, place, filter })),
  );
}
