import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { projectRoot } from '../start/project-root.js';
import type { DemoContext } from './context.js';
import { loadDialogues } from './dialogues.js';
import { readCounts } from './metrics-reader.js';
import { replay } from './replay.js';
import { DEMO_APPLICATION, ensureTenant } from './tenant.js';

const FILE = 'demo.json';
const PACE_MS = 50;
const LINE_EVERY_MS = 10_000;

const Kept = z.object({ run: z.string(), conversation: z.number().int().min(0), event: z.number().int().min(0) });

/** Replays conversations at a gentle pace from where the last start left off, and tells how they fare until it is stopped. */
export async function demonstrate(context: DemoContext): Promise<void> {
  const { home, narrator, api, signal } = context;
  const { application } = await ensureTenant(context, DEMO_APPLICATION, 'Demonstration');
  const { source, dialogues } = loadDialogues(projectRoot);
  const kept = Kept.safeParse(home.read(FILE)).data;
  const from =
    kept !== undefined && kept.conversation < dialogues.length ? kept : { ...newRun(), conversation: 0, event: 0 };
  const rest = dialogues.length - from.conversation;
  narrator.step(
    `application "${application}": replaying ${String(rest)} conversations from ${source}, ${String(1_000 / PACE_MS)} events a second`,
  );

  const tally = new Tally(context);
  const telling = tally.tell();
  const position = await replay({
    api,
    application,
    dialogues,
    from,
    paceMs: PACE_MS,
    run: from.run,
    signal,
    onSent: (_event, _id, next) => {
      tally.sent();
      // Not at every event: a start that is killed repeats one conversation at most.
      if (next.event === 0) home.write(FILE, { run: from.run, ...next });
    },
  });
  home.write(FILE, { run: from.run, ...position });
  if (!signal.aborted) narrator.step('all conversations were sent; from here on only changes are told');
  await telling;
}

const newRun = (): { readonly run: string } => ({ run: Date.now().toString(36) });

/** Counts, and says so when they have changed. */
class Tally {
  #sent = 0;
  #right = 0;
  #wrong = 0;
  #last = '';

  constructor(private readonly context: DemoContext) {
    context.onArrival(({ signed }) => {
      if (signed) this.#right += 1;
      else this.#wrong += 1;
    });
  }

  sent(): void {
    this.#sent += 1;
  }

  async tell(): Promise<void> {
    const { narrator, roles, signal } = this.context;
    while (!signal.aborted) {
      await wait(LINE_EVERY_MS, undefined, { signal }).catch(() => undefined);
      const { delivered, retried, parked, deadLettered } = await readCounts(roles().processes);
      const line =
        `sent ${String(this.#sent)} · delivered ${String(delivered)} · retried ${String(retried)} · parked ${String(parked)} · ` +
        `dead letters ${String(deadLettered)} · signatures right ${String(this.#right)}, wrong ${String(this.#wrong)}`;
      if (line !== this.#last) narrator.step(line);
      this.#last = line;
    }
  }
}
