import { expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { RecoveryStore, type RecoveryPlan, type RecoveryPreview } from '@signpost/ports';
import { turn } from '@signpost/testing/held-sink';
import { RecoveryPreviews } from './recovery-preview.js';

const plan: RecoveryPlan = {
  organisationId: newId('org', 0),
  kind: 'redrive',
  selection: { since: new Date(0), until: new Date(1) },
  by: { kind: 'signpost' },
  onlyWhileHealthy: false,
};

it('counts so many dry runs at once and no more, since each takes one of the few connections', async () => {
  const counting: ((preview: RecoveryPreview) => void)[] = [];
  const store = {
    preview: () => new Promise<RecoveryPreview>((resolve) => counting.push(resolve)),
    list: () => Promise.resolve([]),
  } as Partial<RecoveryStore> as RecoveryStore;
  const previews = new RecoveryPreviews(store, {} as never, {} as never);
  const two = [previews.of(plan, false), previews.of(plan, false)];
  await expect(previews.of(plan, false)).rejects.toMatchObject({ status: 429, code: 'too_many_dry_runs' });
  for (const counted of counting) counted({ count: 1, histogram: [], samples: [] });
  await Promise.all(two);
  const next = previews.of(plan, false);
  await turn();
  counting.at(-1)?.({ count: 2, histogram: [], samples: [] });
  expect((await next).count).toBe(2);
});
