import type { Dialogue, Turn } from './dialogues.js';

export const DEMO_EVENT_TYPES = {
  'conversation.started': 'A person has begun to write to the bot.',
  'conversation.ended': 'The conversation is over.',
  'message.received': 'A person has written a chat message.',
  'message.sent': 'The bot has answered.',
  'action.requested': 'The bot has asked an outside system to do something.',
  'action.completed': 'The outside system has done it.',
  'action.failed': 'The outside system could not do it.',
} as const;
export type DemoEventType = keyof typeof DEMO_EVENT_TYPES;

export interface DemoEvent {
  readonly eventType: DemoEventType;
  readonly eventId: string;
  readonly conversationId: string;
  readonly payload: {
    readonly type: DemoEventType;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

type Fact = readonly [type: DemoEventType, data: Readonly<Record<string, unknown>>];

/** What a chatbot platform would publish while this conversation goes on; one second of its time from one to the next. */
export function eventsOf(dialogue: Dialogue, conversationId: string, startedAt: Date): readonly DemoEvent[] {
  const facts: Fact[] = [
    ['conversation.started', { channel: 'web', services: dialogue.services }],
    ...dialogue.turns.flatMap((turn, index) => factsOf(turn, index + 1)),
    ['conversation.ended', { turns: dialogue.turns.length, reason: 'completed' }],
  ];
  return facts.map(([eventType, data], index) => ({
    eventType,
    eventId: `${conversationId}.${String(index)}`,
    conversationId,
    payload: {
      type: eventType,
      timestamp: new Date(startedAt.getTime() + index * 1_000).toISOString(),
      data: { conversationId, ...data },
    },
  }));
}

function factsOf(turn: Turn, number: number): Fact[] {
  if (turn.speaker === 'user') return [['message.received', { turn: number, text: turn.utterance }]];
  return [...actionsOf(turn, number), ['message.sent', { turn: number, text: turn.utterance }]];
}

function actionsOf({ service_call: call, service_results: results = [] }: Turn, number: number): Fact[] {
  if (call === undefined) return [];
  const action = `${call.service}.${call.method}`;
  return [
    ['action.requested', { turn: number, action, parameters: call.parameters }],
    results.length > 0
      ? ['action.completed', { turn: number, action, results }]
      : ['action.failed', { turn: number, action, reason: 'the system had no result' }],
  ];
}
