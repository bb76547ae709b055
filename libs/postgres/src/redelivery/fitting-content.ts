import { contentVerdict, FilterSubject, type ContentFilter, type MessageId } from '@signpost/domain';
import type pg from 'pg';
import { messagesById } from './messages.js';

/** Payloads that are held at once. */
const READ_AT_ONCE = 20;

/**
 * Those of these that an endpoint's filters let through, as the matcher would have. What has no payload any more stays: it is
 * left out for that, and said to be.
 */
export async function fittingContent<F extends { readonly messageId: MessageId }>(
  client: Pick<pg.ClientBase, 'query'>,
  filters: readonly ContentFilter[] | null,
  found: readonly F[],
): Promise<readonly F[]> {
  if (filters === null) return found;
  const fitting: F[] = [];
  for (let at = 0; at < found.length; at += READ_AT_ONCE) {
    const some = found.slice(at, at + READ_AT_ONCE);
    const messages = await messagesById(
      client,
      some.map(({ messageId }) => messageId),
    );
    for (const one of some) {
      const message = messages.get(one.messageId);
      if (message === undefined || contentVerdict(filters, new FilterSubject(message)) === 'fits') fitting.push(one);
    }
  }
  return fitting;
}
