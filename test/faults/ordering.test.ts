import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Deployment, freshDatabase, freshFolder, freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';

// The group waits for what died in the middle of a rebalance: a session, and a rebalance's time, at worst.
const WAIT = { timeoutMs: 180_000, everyMs: 50 };
const FOLLOWERS = 40;
const SLOW_MS = 100;

jest.setTimeout(480_000);

/** Takes each delivery in its time and keeps them in order; refuses those whose number in their conversation is barred. */
class OrderedReceiver {
  readonly taken = new Map<string, number[]>();
  readonly refused = new Map<string, number>();
  readonly barred = new Set<string>();
  /** Conversations that are answered late, so that a kill finds them half way. */
  readonly slow = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OrderedReceiver> {
    const server = createServer();
    const receiver = new OrderedReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { data } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data: Data };
        const answer = (): void => {
          response.writeHead(receiver.take(data)).end();
        };
        if (receiver.slow.has(data.conversation)) setTimeout(answer, SLOW_MS);
        else answer();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  of(conversation: string): readonly number[] {
    return this.taken.get(conversation) ?? [];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take({ conversation, number }: Data): number {
    const name = `${conversation}/${String(number)}`;
    if (this.barred.has(name)) {
      this.refused.set(name, (this.refused.get(name) ?? 0) + 1);
      return 500;
    }
    const before = this.taken.get(conversation) ?? [];
    // At least once: a repeat is none of the order's.
    if (!before.includes(number)) this.taken.set(conversation, [...before, number]);
    return 200;
  }
}

interface Data {
  readonly conversation: string;
  readonly number: number;
}

describe('the order of a conversation, through kill -9', () => {
  let receiver: OrderedReceiver;
  let deployment: Deployment;
  let application: string;
  beforeAll(async () => {
    receiver = await OrderedReceiver.start();
    deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await freshDatabase(),
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
    });
    ({ id: application } = await deployment.call<{ id: string }>('POST', '/api/v1/app', { name: 'Ordered' }));
    await deployment.call('POST', `/api/v1/app/${application}/endpoint`, {
      url: receiver.url,
      retrySchedule: Array.from({ length: 20 }, () => 5),
      ordering: 'conversation',
    });
  });
  afterAll(async () => {
    await deployment.stop();
    await receiver.stop();
  });

  const publish = async (conversation: string, from: number, count: number): Promise<void> => {
    for (let number = from; number < from + count; number += 1) {
      await deployment.publish(application, {
        eventType: 'message.received',
        payload: { type: 'message.received', data: { conversation, number } },
        conversationId: conversation,
      });
    }
  };
  const all = (count: number) => Array.from({ length: count }, (_, number) => number);

  it('of the dispatcher while the head waits in a tier', async () => {
    receiver.barred.add('waits/0');
    await Promise.all([publish('waits', 0, FOLLOWERS), publish('other', 0, FOLLOWERS)]);
    await until(() => receiver.of('other').length === FOLLOWERS, { ...WAIT, what: 'the other conversation to go on' });
    expect(receiver.of('other')).toEqual(all(FOLLOWERS));
    await until(() => receiver.refused.has('waits/0'), { ...WAIT, what: 'the head to fail' });

    await deployment.process('dispatcher').kill();
    await deployment.process('dispatcher').restart();
    await publish('waits', FOLLOWERS, 5);
    const before = receiver.refused.get('waits/0') ?? 0;
    await until(() => (receiver.refused.get('waits/0') ?? 0) > before, { ...WAIT, what: 'the head to come again' });
    expect(receiver.of('waits')).toEqual([]);

    receiver.barred.delete('waits/0');
    await until(() => receiver.of('waits').length === FOLLOWERS + 5, { ...WAIT, what: 'the followers' });
    expect(receiver.of('waits')).toEqual(all(FOLLOWERS + 5));
  });

  it('of the retry scheduler while the followers come back', async () => {
    receiver.slow.add('released');
    receiver.barred.add('released/0').add('released/8');
    await publish('released', 0, FOLLOWERS);
    await until(() => receiver.refused.has('released/0'), { ...WAIT, what: 'the head to fail' });
    receiver.barred.delete('released/0');
    await until(() => receiver.refused.has('released/8'), { ...WAIT, what: 'some followers, and another failure' });
    receiver.barred.delete('released/8');
    await until(() => receiver.of('released').length > 8, { ...WAIT, what: 'the followers to go on' });

    await deployment.process('retry-scheduler').kill();
    expect(receiver.of('released').length).toBeLessThan(FOLLOWERS);
    await deployment.process('retry-scheduler').restart();
    await until(() => receiver.of('released').length === FOLLOWERS, { ...WAIT, what: 'the rest of the followers' });
    expect(receiver.of('released')).toEqual(all(FOLLOWERS));
  });
});
