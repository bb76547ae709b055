import type { DeadLetterHistogramOut } from '@signpost/contracts';
import type { Context } from '../../context.js';
import { shownTime } from '../../output/durations.js';
import { DEAD_LETTER_PATH, filterOf } from './filter.js';
import type { HistogramGiven } from './specification.js';

const WIDEST = 30;

export async function histogram(context: Context, given: HistogramGiven): Promise<void> {
  const query = { ...(await filterOf(context, given)), bucket: given.bucket ?? 'hour' };
  const found = await (await context.client()).get<DeadLetterHistogramOut>(`${DEAD_LETTER_PATH}/histogram`, query);
  const { output } = context;
  if (output.isJson) {
    output.json(found);
    return;
  }
  const window = `from ${shownTime(found.since)} to ${shownTime(found.until)}`;
  const most = Math.max(1, ...found.buckets.map(({ count }) => count));
  output.table(
    found.buckets,
    [
      { title: 'from', of: ({ at }) => shownTime(at), isWhole: true },
      { title: 'endpoint', of: ({ endpointId }) => endpointId },
      { title: 'reason', of: ({ reason }) => reason },
      { title: 'fault', of: ({ reasonClass }) => reasonClass },
      { title: 'count', of: ({ count }) => count.toLocaleString('en'), isRight: true },
      {
        title: '',
        of: ({ count }) => '█'.repeat(Math.max(1, Math.round((count / most) * WIDEST))),
        colour: () => 'red',
      },
    ],
    `No dead letter ${window} fits.`,
  );
  const { count, customer, platform } = found.totals;
  if (count === 0) return;
  const shown = (number: number): string => number.toLocaleString('en');
  output.note(`${shown(count)} ${window}: ${shown(customer)} by the customer, ${shown(platform)} by the platform.`);
  if (!found.done) output.note('These are the highest alone: ask for less of the time, or for one endpoint.');
}
