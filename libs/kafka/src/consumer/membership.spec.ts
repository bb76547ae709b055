import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { Membership } from './membership.js';

/** As much of the client as keeps a membership; a test says what happens to it. */
class Client extends EventEmitter {
  readonly events = { REBALANCING: 'rebalancing', GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', CRASH: 'crash' };
  readonly calls: string[] = [];
  connecting: Promise<void> = Promise.resolve();

  connect(): Promise<void> {
    this.calls.push('connect');
    return this.connecting;
  }
  subscribe(): Promise<void> {
    this.calls.push('subscribe');
    return Promise.resolve();
  }
  run(): Promise<void> {
    this.calls.push('run');
    return Promise.resolve();
  }
  pause(): void {
    this.calls.push('pause');
  }
  disconnect(): Promise<void> {
    this.calls.push('disconnect');
    return Promise.resolve();
  }

  join(memberId: string): void {
    this.emit('join', { payload: { memberId, memberAssignment: {} } });
  }
  beat(memberId: string): void {
    this.emit('heartbeat', { payload: { memberId, groupGenerationId: 1 } });
  }
  crash(error: unknown): void {
    this.emit('crash', { payload: { error, restart: false } });
  }
}

const slow = new Error('Failed to find group coordinator');
const refusal = Object.assign(new Error('refused'), { type: 'GROUP_AUTHORIZATION_FAILED' });

describe('Membership', () => {
  let clients: Client[];
  let told: string[];
  let prepare: (client: Client) => void;
  let membership: Membership;
  beforeEach(() => {
    jest.useFakeTimers();
    clients = [];
    told = [];
    prepare = () => undefined;
    membership = new Membership(
      () => {
        const client = new Client();
        prepare(client);
        clients.push(client);
        return client as unknown as Consumer;
      },
      {
        joined: ({ memberId }) => told.push(`joined ${memberId}`),
        alive: ({ memberId }) => told.push(`alive ${memberId}`),
        lost: (error) => told.push(`lost: ${(error as Error).message}`),
        refused: () => told.push('refused'),
      },
    );
  });
  afterEach(() => void jest.useRealTimers());
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  it('puts another client in the place of one that gave up, whatever that calls final', async () => {
    await membership.start(['t']);
    clients[0]?.join('a');
    clients[0]?.beat('a');
    clients[0]?.crash(slow);
    await pass(10_000);
    clients[1]?.join('b');
    expect(told).toEqual(['joined a', 'alive a', 'lost: Failed to find group coordinator', 'joined b']);
    expect(clients.map(({ calls }) => calls)).toEqual([
      ['connect', 'subscribe', 'run', 'pause', 'disconnect'],
      ['connect', 'subscribe', 'run', 'pause'],
    ]);
  });

  it('lends nobody the generation that it hears of while it joins anew', async () => {
    await membership.start(['t']);
    clients[0]?.join('a');
    clients[0]?.emit('rebalancing', {});
    clients[0]?.beat('a');
    clients[0]?.join('a');
    clients[0]?.beat('a');
    expect(told).toEqual(['joined a', 'joined a', 'alive a']);
  });

  it('goes on while no broker can be connected to', async () => {
    await membership.start(['t']);
    prepare = (client) => void (client.connecting = Promise.reject(new Error('no broker')));
    clients[0]?.crash(slow);
    await pass(60_000);
    const tries = clients.length;
    expect(tries).toBeGreaterThan(20);
    prepare = () => undefined;
    await pass(5_000);
    expect(clients.length).toBe(tries + 1);
    expect(clients.at(-1)?.calls).toEqual(['connect', 'subscribe', 'run']);
  });

  it('replaces a client of which nothing is heard, and lets it keep no place when it comes back', async () => {
    await membership.start(['t']);
    clients[0]?.join('a');
    await pass(80_000);
    clients[0]?.beat('a');
    await pass(80_000);
    expect(clients).toHaveLength(1);
    await pass(20_000);
    clients[1]?.join('b');
    clients[0]?.join('late');
    clients[0]?.beat('late');
    clients[0]?.crash(slow);
    await pass(10_000);
    expect(clients).toHaveLength(2);
    expect(told).toEqual(['joined a', 'alive a', 'lost: nothing was heard of the group for 90000 ms', 'joined b']);
    expect(clients[0]?.calls.filter((call) => call === 'disconnect')).toHaveLength(2);
  });

  it('replaces a client that hangs while it connects, and does not let it join afterwards', async () => {
    await membership.start(['t']);
    let connect = (): void => undefined;
    prepare = (client) => void (client.connecting = new Promise((resolve) => (connect = resolve)));
    clients[0]?.crash(slow);
    await pass(1_000);
    prepare = () => undefined;
    await pass(100_000);
    connect();
    await pass(1_000);
    expect(clients.map(({ calls }) => calls.includes('run'))).toEqual([true, false, true]);
  });

  it('tells when the group refuses it, and tries no more', async () => {
    await membership.start(['t']);
    clients[0]?.crash(refusal);
    await pass(200_000);
    expect([clients.length, told]).toEqual([1, ['lost: refused', 'refused']]);
  });

  it('rejects when the first client cannot connect', async () => {
    prepare = (client) => void (client.connecting = Promise.reject(new Error('no broker')));
    await expect(membership.start(['t'])).rejects.toThrow('no broker');
    await pass(200_000);
    expect(clients).toHaveLength(1);
  });

  it('tells nothing and begins nothing once it leaves', async () => {
    await membership.start(['t']);
    clients[0]?.crash(slow);
    await membership.leave();
    clients[0]?.join('late');
    await pass(200_000);
    expect([clients.length, told.length]).toEqual([1, 1]);
  });
});
