import type { RejectedContentOut, RejectedOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { shownTime } from '../../output/durations.js';
import type { ListGiven, OneGiven } from './specification.js';

export const REJECTED_PATH = '/api/v1/rejected';

export async function listRejected(context: Context, given: ListGiven): Promise<void> {
  const { limit, ...query } = given;
  const start = await listStart<RejectedOut>(await context.client(), REJECTED_PATH, query, limit);
  context.output.list(
    start,
    [
      { title: 'rejected', of: ({ id }) => id, isWhole: true },
      { title: 'code', of: ({ code }) => code, colour: () => 'red' },
      { title: 'source', of: sourceText },
      { title: 'corrected', of: ({ correctedAt }) => (correctedAt === null ? '' : 'yes') },
      { title: 'redrives', of: ({ redrives }) => redrives, isRight: true },
      { title: 'at', of: ({ rejectedAt }) => shownTime(rejectedAt) },
    ],
    'No rejected record fits.',
  );
}

export async function showRejected(context: Context, { rejected }: OneGiven): Promise<void> {
  const client = await context.client();
  printRejected(context, await client.get<RejectedContentOut>(`${REJECTED_PATH}/${inPath(rejected)}`));
}

export function printRejected({ output }: Context, found: RejectedContentOut): void {
  if (output.isJson) {
    output.json(found);
    return;
  }
  const { headers, value, correction } = found;
  output.fields([
    ['rejected', found.id],
    ['state', found.state],
    ['code', found.code],
    ['reason', found.reason],
    ['source', sourceText(found)],
    ['at', shownTime(found.rejectedAt)],
    ['redrives', found.redrives],
    ['corrected', shownTime(found.correctedAt)],
  ]);
  output.heading('Headers');
  output.fields(Object.entries(headers ?? {}));
  output.heading('Value');
  output.line(shown(value));
  if (correction !== null) {
    output.heading('Corrected');
    output.fields(Object.entries(correction.headers ?? {}).map(([name, text]) => [name, text ?? '(taken away)']));
    if (correction.value !== null) output.line(shown(correction.value));
  }
  if (found.state === 'open') output.note(`signpost rejected redrive --ids ${found.id} --why … sends it again.`);
}

function shown(value: RejectedContentOut['value']): string {
  if (value === null) return '(none)';
  const { text, base64, bytes, isWhole } = value;
  const content = text ?? `(Base64) ${base64 ?? ''}`;
  return isWhole ? content : `${content}\n… of ${bytes.toLocaleString('en')} bytes`;
}

const sourceText = ({ source: { topic, partition, offset } }: Pick<RejectedOut, 'source'>): string =>
  `${topic}:${String(partition)}:${String(offset)}`;
