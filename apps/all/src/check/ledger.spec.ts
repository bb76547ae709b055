import { describe, expect, it } from '@jest/globals';
import type { EndpointName } from '../demo/behaviours.js';
import { eventsOf } from '../demo/events.js';
import { SAMPLE_DIALOGUES } from '../demo/sample-dialogues.js';
import { Ledger } from './ledger.js';

const [dialogue] = SAMPLE_DIALOGUES;
const events = dialogue === undefined ? [] : eventsOf(dialogue, 'c', new Date(0));
const [started, received] = events;
if (started === undefined || received === undefined) throw new Error('the sample is empty');

const arrival = (endpoint: EndpointName, messageId: string, change: object = {}) => ({
  application: 'a',
  endpoint,
  messageId,
  signed: true,
  status: 200,
  body: JSON.stringify((messageId === 'msg_1' ? started : received).payload),
  ...change,
});

function complete(): Ledger {
  const ledger = new Ledger();
  ledger.sent(started as never, 'msg_1');
  ledger.sent(received as never, 'msg_2');
  ledger.arrived(arrival('quick', 'msg_1'));
  ledger.arrived(arrival('gone', 'msg_1', { status: 410 }));
  ledger.arrived(arrival('quick', 'msg_2'));
  ledger.arrived(arrival('flaky', 'msg_2', { status: 503 }));
  ledger.arrived(arrival('flaky', 'msg_2'));
  return ledger;
}

describe('Ledger', () => {
  it('misses nothing when every delivery arrived', () => {
    expect(complete().missing()).toEqual([]);
    expect(complete().deliveries).toBe(4);
    expect(complete().owedTo('flaky')).toEqual(['msg_2']);
    expect(complete().answered('flaky', 503)).toBe(1);
  });

  it('names each delivery that did not', () => {
    const ledger = new Ledger();
    ledger.sent(started, 'msg_1');
    expect(ledger.missing()).toEqual([
      'quick: conversation.started msg_1 did not arrive',
      'gone: no delivery got its 410',
    ]);
  });

  it.each([
    { change: { signed: false }, says: 'wrong signature' },
    { change: { body: '{}' }, says: 'other bytes' },
  ])('reports $says', ({ change, says }) => {
    const ledger = complete();
    ledger.arrived(arrival('quick', 'msg_1', change));
    expect(ledger.missing()).toEqual([expect.stringContaining(says)]);
  });

  it('reports a refused delivery that never came again', () => {
    const ledger = new Ledger();
    ledger.sent(received, 'msg_2');
    ledger.arrived(arrival('quick', 'msg_2'));
    ledger.arrived(arrival('flaky', 'msg_2', { status: 503 }));
    expect(ledger.missing()).toEqual(['flaky: message.received msg_2 was not tried again after 503']);
  });
});
