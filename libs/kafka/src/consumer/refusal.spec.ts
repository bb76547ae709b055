import { describe, expect, it } from '@jest/globals';
import {
  KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSNonRetriableError,
  KafkaJSNotImplemented,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs';
import { isRefusal } from './refusal.js';

const answered = (type: string): KafkaJSProtocolError =>
  Object.assign(new KafkaJSProtocolError(new Error(type)), { type, retriable: false });
const wrapped = (cause: Error): Error => new KafkaJSError(cause, { retriable: false, cause });

describe('isRefusal', () => {
  it.each([
    ['a group of another protocol', wrapped(answered('INCONSISTENT_GROUP_PROTOCOL'))],
    ['a group that may not be joined', answered('GROUP_AUTHORIZATION_FAILED')],
    ['a topic that may not be read', answered('TOPIC_AUTHORIZATION_FAILED')],
    ['a broker that speaks another version', new KafkaJSNotImplemented('JoinGroup')],
  ])('is so for %s', (_what, error) => {
    expect(isRefusal(error)).toBe(true);
  });

  it.each([
    ['a coordinator not found in time', wrapped(new KafkaJSGroupCoordinatorNotFound('Failed to find'))],
    ['a login that was cut off', new KafkaJSSASLAuthenticationError('failed: Closed connection')],
    ['a member that the coordinator forgot', wrapped(answered('UNKNOWN_MEMBER_ID'))],
    ['an error inside the broker', answered('UNKNOWN')],
    ['what the client calls final', new KafkaJSNonRetriableError('no')],
    ["a mistake of the client's own", wrapped(new TypeError('Cannot read properties of null'))],
    ['what is no error', 'no'],
  ])('is not for %s', (_what, error) => {
    expect(isRefusal(error)).toBe(false);
  });
});
