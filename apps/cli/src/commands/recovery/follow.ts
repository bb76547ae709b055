import { setTimeout as wait } from 'node:timers/promises';
import type { RecoveryOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import { InterruptedError, WorkFailedError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import { RECOVERY_PATH, skippedOf, type Recovery } from './recovery.js';

/** Small jobs are done soon, large ones are not worth asking after often. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Follows a recovery to its end with a progress bar. Ctrl-C ends the following alone.
 * @throws InterruptedError, and WorkFailedError for a recovery that did not finish
 */
export async function follow(context: Context, id: string, begun?: Recovery): Promise<void> {
  const { output, signal } = context;
  const client = await context.client();
  const look = (): Promise<Recovery> => client.get<RecoveryOut>(`${RECOVERY_PATH}/${inPath(id)}`);
  const bar = output.progress(id);
  let recovery: Recovery;
  let pauseMs = FIRST_PAUSE_MS;
  try {
    recovery = begun ?? (await look());
    if (recovery.status === 'running') output.note(`Following ${id}. Ctrl-C leaves it running.`);
    while (recovery.status === 'running') {
      const { done, total, estimatedEndAt, waiting } = recovery;
      bar.show({
        done: done + skippedOf(recovery),
        total: total ?? undefined,
        leftMs: estimatedEndAt === null ? undefined : Math.max(0, Date.parse(estimatedEndAt) - Date.now()),
        note: waiting === undefined ? `${recovery.perSecond.toFixed(0)}/s` : `waits: ${waiting.why}`,
      });
      await wait(pauseMs, undefined, { signal });
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
      recovery = await look();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      `No longer following ${id}, which goes on`,
      `signpost recovery watch ${id} follows it again; signpost recovery pause|abort ${id} stops it.`,
    );
  } finally {
    bar.clear();
  }
  ended(context, recovery);
}

function ended(context: Context, recovery: Recovery): void {
  printRecovery(context, recovery);
  const { id, status, reason } = recovery;
  switch (status) {
    case 'running':
    case 'finished':
      if (recovery.total === 0)
        context.output.note(`Nothing fitted: ${NOTHING[recovery.kind === 'rejected' ? 'record' : 'delivery']}`);
      return;
    case 'paused':
      context.output.note(`It is paused. signpost recovery resume ${id} lets it go on.`);
      return;
    case 'aborted':
    case 'failed':
      throw new WorkFailedError(
        `The recovery ${id} ${status === 'failed' ? `failed${reason === undefined ? '' : `: ${reason}`}` : 'was aborted'}`,
        `signpost recovery record ${id} lists what became of each delivery.`,
      );
  }
}

const NOTHING = {
  record: 'what was sent again is open only once it is refused again (signpost rejected ls --state all).',
  delivery: 'nothing was sent.',
} as const;

export function printRecovery({ output }: Context, recovery: Recovery): void {
  if (output.isJson) {
    output.json(recovery);
    return;
  }
  const { id, kind, status, why, by, waiting, total, done, delivered, failedAgain, skipped, perSecond } = recovery;
  // Otherwise the numbers of two at the same records would not add up, and nothing would say why.
  const gone = status === 'finished' && total !== null ? total - done - skippedOf(recovery) : 0;
  const left = Object.entries(skipped).filter(([, count]) => count > 0);
  output.fields([
    ['recovery', id],
    ['kind', kind],
    ['status', status],
    ['why', why ?? undefined],
    ['by', by.name ?? by.id ?? by.type],
    ['waits for', waiting === undefined ? undefined : `${waiting.endpointId}: ${waiting.why}`],
    ['total', total ?? 'not counted yet'],
    ['handed over', done],
    // What intake took in are messages now; what becomes of their deliveries is not this recovery's.
    ['delivered', kind === 'rejected' ? undefined : delivered],
    [kind === 'rejected' ? 'refused again' : 'failed again', failedAgain],
    ...left.map(([name, count]) => [`left out: ${name}`, count] as const),
    ['no longer fitting', gone > 0 ? gone : undefined],
    ['a second', perSecond.toFixed(1)],
    ['estimated end', recovery.estimatedEndAt === null ? undefined : shownTime(recovery.estimatedEndAt)],
    ['begun', shownTime(recovery.createdAt)],
    ['updated', shownTime(recovery.updatedAt)],
  ]);
}
