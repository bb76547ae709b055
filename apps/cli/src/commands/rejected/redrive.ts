import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { begin } from '../recovery/begin.js';
import type { RedriveGiven } from './specification.js';

export async function redriveRejected(context: Context, given: RedriveGiven): Promise<void> {
  const { ids, codes, topics, since, until, all, ...job } = given;
  const select = {
    ...(ids === undefined ? {} : { rejectedIds: ids }),
    ...(codes === undefined ? {} : { codes }),
    ...(topics === undefined ? {} : { topics }),
    ...(since === undefined ? {} : { since: since.toISOString() }),
    ...(until === undefined ? {} : { until: until.toISOString() }),
    ...(all ? { everything: true } : {}),
  };
  if (Object.keys(select).length === 0) {
    throw new UsageError(
      'Nothing says which records are meant',
      'Narrow it (--ids, --codes, --topics, --since, --until), or say --all for every one that is open.',
    );
  }
  const usual = { concurrency: undefined, onlyWhileHealthy: false, to: undefined };
  await begin(context, { ...job, ...usual, kind: 'rejected', select });
}
