import type { FilterTryOut } from '@signpost/contracts';
import type { Context } from '../../context.js';
import { shownTime } from '../../output/durations.js';
import { filtersOf } from './filters.js';
import { endpointPath } from './show-endpoint.js';
import type { TryGiven } from './specification.js';

export async function tryFilter(context: Context, { app, endpoint, filter, limit }: TryGiven): Promise<void> {
  const { output } = context;
  const path = `${endpointPath(await context.app(app), endpoint)}/filter/try`;
  const body = { limit, filters: filtersOf(filter) };
  const tried = await (await context.client()).call<FilterTryOut>('POST', path, { body });
  if (output.isJson) {
    output.json(tried);
    return;
  }
  output.line(tried.summary);
  const unfit = tried.messages.filter(({ matched }) => !matched);
  if (unfit.length === 0) return;
  output.table(
    unfit,
    [
      { title: 'time', of: ({ timestamp }) => shownTime(timestamp) },
      { title: 'message', of: ({ id }) => id },
      { title: 'event type', of: ({ eventType }) => eventType },
      {
        title: 'why not',
        of: ({ rule }) => (rule?.kind === 'filter' ? (rule.clause ?? rule.text) : (rule?.text ?? '')),
      },
    ],
    '',
  );
}
