import type { Context } from '../../context.js';
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
  const usual = { concurrency: undefined, onlyWhileHealthy: false, to: undefined };
  await begin(context, { ...job, ...usual, kind: 'rejected', select });
}
