import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RequestQueue } from './request-queue.js';

interface Queue extends RequestQueue {
  push(request: object): void;
  maybeThrottle(ms: number): void;
  fulfillRequest(answer: object): void;
}

const quiet = { debug: () => undefined, error: () => undefined };

function aQueue(maxInFlightRequests: number): Queue {
  return new RequestQueue({
    instrumentationEmitter: new EventEmitter(),
    maxInFlightRequests,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'broker:9092',
    logger: quiet,
    isConnected: () => true,
  }) as Queue;
}

describe("kafkajs' queue of requests", () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const sent: number[] = [];
  beforeEach(() => void sent.splice(0));
  const request = (correlationId: number) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined, apiName: 'a', apiKey: 1, apiVersion: 1 },
    expectResponse: true,
    sendRequest: () => sent.push(correlationId),
  });
  const answer = (queue: Queue, correlationId: number): void => {
    queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 });
  };

  it('sets no timer where nothing waits', () => {
    const queue = aQueue(2);
    queue.push(request(1));
    answer(queue, 1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what waited once there is room for it', () => {
    const queue = aQueue(1);
    queue.push(request(1));
    queue.push(request(2));
    expect(sent).toEqual([1]);
    answer(queue, 1);
    expect(sent).toEqual([1, 2]);
    answer(queue, 2);
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits as long as the broker asks for, and sends then', () => {
    const queue = aQueue(2);
    queue.maybeThrottle(500);
    queue.push(request(1));
    jest.advanceTimersByTime(400);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(200);
    expect(sent).toEqual([1]);
    jest.advanceTimersByTime(100);
    answer(queue, 1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
