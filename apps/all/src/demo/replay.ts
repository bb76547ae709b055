import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient } from './client.js';
import type { Dialogue } from './dialogues.js';
import { eventsOf, type DemoEvent } from './events.js';

/** Where the next start goes on. */
export interface ReplayPosition {
  /** Index of the conversation, then of the event in it. */
  readonly conversation: number;
  readonly event: number;
}

export interface ReplayOptions {
  readonly api: ApiClient;
  readonly application: string;
  readonly dialogues: readonly Dialogue[];
  readonly from: ReplayPosition;
  /** Milliseconds from one event to the next. */
  readonly paceMs: number;
  /** Distinguishes this replay's conversations from another's. */
  readonly run: string;
  readonly signal: AbortSignal;
  /** `next` is where a later replay would go on. */
  readonly onSent: (event: DemoEvent, messageId: string, next: ReplayPosition) => void;
}

/** Publishes the conversations one after another; resolves with the position after the last accepted event. */
export async function replay(options: ReplayOptions): Promise<ReplayPosition> {
  const { api, application, dialogues, from, paceMs, run, signal, onSent } = options;
  let event = from.event;
  for (let conversation = from.conversation; conversation < dialogues.length; conversation += 1) {
    const dialogue = dialogues[conversation];
    if (dialogue === undefined) break;
    const events = eventsOf(dialogue, `${dialogue.dialogue_id}-${run}`, new Date());
    for (const next of events.slice(event)) {
      const due = performance.now() + paceMs;
      const id = signal.aborted ? undefined : await api.publish(application, next, signal);
      if (id === undefined) return { conversation, event };
      event += 1;
      onSent(next, id, event < events.length ? { conversation, event } : { conversation: conversation + 1, event: 0 });
      await wait(Math.max(0, due - performance.now()));
    }
    event = 0;
  }
  return { conversation: dialogues.length, event: 0 };
}
