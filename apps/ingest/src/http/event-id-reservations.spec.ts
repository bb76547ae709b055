import { describe, expect, it } from '@jest/globals';
import type { MessageRecord } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import {
  DatabaseUnavailableError,
  EventIds,
  type EventIdClaim,
  type EventIdName,
  type EventIdUse,
} from '@signpost/ports';
import { EventIdReservations, type Published } from './event-id-reservations.js';

/** In memory, and without leases: what is held stays so. */
class KnownIds extends EventIds {
  readonly rows = new Map<
    string,
    { messageId: MessageRecord['id']; fingerprint: string; state: 'held' | 'free' | 'confirmed' }
  >();
  isAway = false;

  override reserve(uses: readonly EventIdUse[]): Promise<readonly EventIdClaim[]> {
    if (this.isAway) return Promise.reject(new DatabaseUnavailableError('away'));
    return Promise.resolve(uses.map((use) => this.one(use)));
  }

  override confirm(names: readonly EventIdName[]): Promise<void> {
    return this.change(names, 'confirmed');
  }

  override release(names: readonly EventIdName[]): Promise<void> {
    return this.change(names, 'free');
  }

  private one({ eventId, messageId, fingerprint }: EventIdUse): EventIdClaim {
    const row = this.rows.get(eventId);
    if (row?.state === 'held') return { kind: 'running' };
    if (row?.state === 'confirmed') return { kind: 'taken', messageId: row.messageId };
    const again = row?.fingerprint === fingerprint.toString('hex');
    const named = again ? row.messageId : messageId;
    this.rows.set(eventId, { messageId: named, fingerprint: fingerprint.toString('hex'), state: 'held' });
    return { kind: 'reserved', messageId: named, again };
  }

  private change(names: readonly EventIdName[], state: 'free' | 'confirmed'): Promise<void> {
    if (this.isAway) return Promise.reject(new DatabaseUnavailableError('away'));
    for (const { eventId } of names) {
      const row = this.rows.get(eventId);
      if (row !== undefined) row.state = state;
    }
    return Promise.resolve();
  }
}

const applicationId = newId('app', 0);
const aMessage = (eventId: string | undefined, text = '{}', atMs = 5): MessageRecord => ({
  id: newId('msg', atMs),
  applicationId,
  eventType: 'a',
  acceptedAtMs: atMs,
  payload: Buffer.from(text),
  ...(eventId === undefined ? {} : { eventId }),
});

function setup() {
  const ids = new KnownIds();
  const reservations = new EventIdReservations(
    ids,
    new Metrics({ processMetrics: false }),
    Log.create('silent', 'test'),
  );
  const produced: MessageRecord[] = [];
  const publish = (
    messages: readonly MessageRecord[],
    produce = (named: readonly MessageRecord[]): Promise<void> => {
      produced.push(...named);
      return Promise.resolve();
    },
  ): Promise<Published> => reservations.during(messages, (index) => `data[${String(index)}].eventId`, produce);
  return { ids, produced, publish };
}

describe('EventIdReservations', () => {
  it('refuses a repeated one and names it, and what came with it is free again', async () => {
    const { ids, produced, publish } = setup();
    await publish([aMessage('one')]);
    await expect(publish([aMessage('two'), aMessage(undefined), aMessage('one')])).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
      message: expect.stringMatching(/^data\[2\]\.eventId "one"/) as unknown,
    });
    expect(produced).toHaveLength(1);
    expect(ids.rows.get('two')?.state).toBe('free');
    await expect(publish([aMessage('two')])).resolves.toMatchObject({ isChecked: true });
  });

  it('produces again under the same id what was never confirmed, and other content under another', async () => {
    const { produced, publish } = setup();
    const fail = (): Promise<void> => Promise.reject(new Error('no broker'));
    const first = aMessage('one', '{"a":1}', 1_000);
    await expect(publish([first], fail)).rejects.toThrow('no broker');
    const other = aMessage('one', '{"a":2}', 2_000);
    await expect(publish([other], fail)).rejects.toThrow('no broker');
    await expect(publish([aMessage('one', '{"a":2}', 3_000)])).resolves.toEqual({ ids: [other.id], isChecked: true });
    expect(produced).toMatchObject([{ id: other.id, acceptedAtMs: 2_000 }]);
  });

  it('has one of many at once produced, and refuses the others', async () => {
    const { produced, publish } = setup();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => publish([aMessage('one')])));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(produced).toHaveLength(1);
  });

  it('takes for its own what it produced already under the same id', async () => {
    const { produced, publish } = setup();
    const message = aMessage('one');
    await publish([message]);
    await expect(publish([message])).resolves.toEqual({ ids: [message.id], isChecked: true });
    expect(produced).toHaveLength(1);
  });

  it('accepts without the database, and says so', async () => {
    const { ids, produced, publish } = setup();
    ids.isAway = true;
    const message = aMessage('one');
    await expect(publish([message])).resolves.toEqual({ ids: [message.id], isChecked: false });
    expect(produced).toHaveLength(1);
  });

  it('accepts when the database goes away between reservation and confirmation', async () => {
    const { ids, publish } = setup();
    const going = publish([aMessage('one')], () => {
      ids.isAway = true;
      return Promise.resolve();
    });
    await expect(going).resolves.toMatchObject({ isChecked: true });
  });
});
