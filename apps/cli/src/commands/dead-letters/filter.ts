import type { Query } from '../../api/client.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import type { ListGiven } from './specification.js';

export const DEAD_LETTER_PATH = '/api/v1/dead-letter';

/** The filter as the API has it: one value of each. @throws UsageError */
export async function filterOf(context: Context, given: Omit<ListGiven, 'limit'>): Promise<Query> {
  const { all, endpoint, eventTypes, reasons, reasonClass, statuses, since, until, messages, state } = given;
  return {
    appId: all ? given.app : (given.app ?? (await context.settings()).app?.value),
    endpointId: endpoint,
    eventType: one('--event-types', eventTypes),
    reason: one('--reasons', reasons),
    reasonClass,
    status: one('--statuses', statuses),
    msgId: one('--messages', messages),
    since,
    until,
    state,
  };
}

function one(name: string, values: readonly string[] | undefined): string | undefined {
  if (values === undefined || values.length === 1) return values?.[0];
  throw new UsageError(`${name} names several, and a list takes one`, 'Give one; `dlq redrive` takes several.');
}
