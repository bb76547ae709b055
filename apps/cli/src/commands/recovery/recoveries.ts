import type { RecoveryOut, RecoveryRecordOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { shownTime } from '../../output/durations.js';
import { follow, printRecovery } from './follow.js';
import { RECOVERY_PATH } from './recovery.js';
import type { AbortGiven, ListGiven, OneGiven, RecordGiven } from './specification.js';

const pathOf = (id: string): string => `${RECOVERY_PATH}/${inPath(id)}`;

export async function listRecoveries(context: Context, { status, limit }: ListGiven): Promise<void> {
  const start = await listStart<RecoveryOut>(await context.client(), RECOVERY_PATH, { status }, limit);
  context.output.list(
    start,
    [
      { title: 'recovery', of: ({ id }) => id, isWhole: true },
      { title: 'kind', of: ({ kind }) => kind },
      { title: 'status', of: (row) => row.status },
      { title: 'done', of: ({ done, total }) => `${String(done)} of ${String(total ?? '?')}`, isRight: true },
      { title: 'delivered', of: ({ delivered }) => delivered, isRight: true },
      { title: 'failed', of: ({ failedAgain }) => failedAgain, isRight: true },
      { title: 'why', of: ({ why }) => why ?? '' },
      { title: 'begun', of: ({ createdAt }) => shownTime(createdAt) },
    ],
    'There are none. `signpost dlq redrive` and `signpost replay` begin one.',
  );
}

export async function showRecovery(context: Context, { recovery }: OneGiven): Promise<void> {
  printRecovery(context, await (await context.client()).get<RecoveryOut>(pathOf(recovery)));
}

export async function watchRecovery(context: Context, { recovery }: OneGiven): Promise<void> {
  await follow(context, recovery);
}

export const pauseRecovery = (context: Context, given: OneGiven): Promise<void> => ask(context, given, 'pause');
export const resumeRecovery = (context: Context, given: OneGiven): Promise<void> => ask(context, given, 'resume');

export async function abortRecovery(context: Context, given: AbortGiven): Promise<void> {
  await context.confirm(`Ends ${given.recovery} for good.`, given.yes);
  await ask(context, given, 'abort');
}

async function ask(context: Context, { recovery }: OneGiven, what: 'pause' | 'resume' | 'abort'): Promise<void> {
  printRecovery(context, await (await context.client()).call<RecoveryOut>('POST', `${pathOf(recovery)}/${what}`));
}

export async function listRecord(context: Context, { recovery, result, limit }: RecordGiven): Promise<void> {
  const client = await context.client();
  const start = await listStart<RecoveryRecordOut>(client, `${pathOf(recovery)}/record`, { result }, limit);
  context.output.list(
    start,
    [
      { title: 'delivery', of: ({ deliveryId }) => deliveryId, isWhole: true },
      { title: 'endpoint', of: ({ endpointId }) => endpointId },
      { title: 'result', of: (row) => row.result },
      { title: 'why', of: ({ why }) => why ?? '' },
      { title: 'at', of: ({ at }) => shownTime(at) },
    ],
    'Nothing of it fits.',
  );
}
