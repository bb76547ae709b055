import { describe, expect, it } from '@jest/globals';
import { DEMO_EVENT_TYPES, eventsOf } from './events.js';
import { SAMPLE_DIALOGUES } from './sample-dialogues.js';

describe('eventsOf', () => {
  const at = new Date('2026-01-01T00:00:00Z');

  it('tells a conversation from its start to its end, turn by turn', () => {
    const [, dentist] = SAMPLE_DIALOGUES;
    if (dentist === undefined) throw new Error('no sample');
    expect(eventsOf(dentist, 'c-1', at).map(({ eventType }) => eventType)).toEqual([
      'conversation.started',
      'message.received',
      'message.sent',
      'message.received',
      'action.requested',
      'action.completed',
      'message.sent',
      'message.received',
      'action.requested',
      'action.failed',
      'message.sent',
      'message.received',
      'action.requested',
      'action.completed',
      'message.sent',
      'conversation.ended',
    ]);
  });

  it.each(SAMPLE_DIALOGUES)('gives $dialogue_id distinct ids, rising times and known types', (dialogue) => {
    const events = eventsOf(dialogue, 'c-1', at);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    const times = events.map(({ payload }) => payload.timestamp);
    expect(times).toEqual([...times].sort());
    for (const event of events) {
      expect(Object.keys(DEMO_EVENT_TYPES)).toContain(event.eventType);
      expect(event.payload.type).toBe(event.eventType);
      expect(event.conversationId).toBe('c-1');
    }
  });
});
