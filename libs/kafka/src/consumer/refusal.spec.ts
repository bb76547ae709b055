import { describe, expect, it } from '@jest/globals';
import { isRefusal } from './refusal.js';

// As kafkajs makes them; its types do not say how.
const error = (name: string, more: object = {}): Error => Object.assign(new Error(name), { name, ...more });
const answered = (type: string): Error => error('KafkaJSProtocolError', { type, retriable: false });
const wrapped = (cause: Error): Error => error('KafkaJSNonRetriableError', { cause, retriable: false });

describe('isRefusal', () => {
  it.each([
    ['a group of another protocol', wrapped(answered('INCONSISTENT_GROUP_PROTOCOL'))],
    ['a group that may not be joined', answered('GROUP_AUTHORIZATION_FAILED')],
    ['a topic that may not be read', answered('TOPIC_AUTHORIZATION_FAILED')],
    ['a broker that speaks another version', error('KafkaJSNotImplemented')],
  ])('is so for %s', (_what, failure: unknown) => {
    expect(isRefusal(failure)).toBe(true);
  });

  it.each([
    ['a coordinator not found in time', wrapped(error('KafkaJSGroupCoordinatorNotFound'))],
    ['a login that was cut off', error('KafkaJSSASLAuthenticationError')],
    ['a member that the coordinator forgot', wrapped(answered('UNKNOWN_MEMBER_ID'))],
    ['an error inside the broker', answered('UNKNOWN')],
    ['what the client calls final', error('KafkaJSNonRetriableError')],
    ["a mistake of the client's own", wrapped(new TypeError('Cannot read properties of null'))],
    ['what is no error', 'no'],
  ])('is not for %s', (_what, failure: unknown) => {
    expect(isRefusal(failure)).toBe(false);
  });
});
