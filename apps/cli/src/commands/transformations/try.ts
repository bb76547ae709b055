import type { TransformationTrialOut, TransformationTrialResultOut } from '@signpost/contracts';
import type { Context } from '../../context.js';
import { FindingError, UsageError } from '../../errors.js';
import { codeIn, transformationPath } from './transformations.js';
import type { TryGiven } from './specification.js';

/** Twenty messages of some code that uses up its time, on a server that is busy. */
const LEAST_TIMEOUT_MS = 60_000;

export async function tryTransformation(context: Context, given: TryGiven): Promise<void> {
  const { file, codeVersion: version, messages: messageIds, limit } = given;
  if (file !== undefined && version !== undefined) {
    throw new UsageError('--file and --code-version contradict each other', 'Give one of them.');
  }
  const code = file === undefined ? undefined : await codeIn(context, file);
  const path = `${await transformationPath(context, given)}/try`;
  const client = await context.client(LEAST_TIMEOUT_MS);
  const body = { code, version, messageIds, limit };
  const { data } = await client.call<TransformationTrialOut>('POST', path, { body });
  const { output } = context;
  if (output.isJson) output.json({ data });
  else if (data.length === 0)
    output.note('There is no message that the endpoint asks for: `signpost trigger` sends one.');
  else for (const result of data) print(context, result);
  const failed = data.filter(isFailed).length;
  if (failed === 0) return;
  throw new FindingError(
    `${String(failed)} of ${String(data.length)} messages cannot be made`,
    'What went wrong is said with each. Mend the code and try it again.',
  );
}

const isFailed = ({ outcome }: TransformationTrialResultOut): boolean => outcome !== 'made' && outcome !== 'declined';

/** Some messages say it themselves. */
function lineText(message: string, line: number | undefined): string {
  const where = `line ${String(line)}`;
  return line === undefined || message.includes(where) ? '' : ` (${where})`;
}

function print({ output }: Context, result: TransformationTrialResultOut): void {
  const { msgId, eventType, outcome, message, line, after, console, cpuMs } = result;
  output.heading(`${msgId ?? 'example'}  ${eventType}`);
  const used = output.paint('dim', `  ${cpuMs.toFixed(1)} ms of processor time`);
  output.line(`${output.paint(isFailed(result) ? 'red' : 'green', outcome)}${used}`);
  if (message !== undefined) output.line(`  ${message}${lineText(message, line)}`);
  for (const text of console) output.line(`  ${output.paint('dim', `console: ${text}`)}`);
  if (after === undefined) return;
  output.line(`  ${after.method} ${after.url}`);
  for (const [name, value] of Object.entries(after.headers)) output.line(`  ${name}: ${value}`);
  output.line(after.bodyChanged ? after.body : output.paint('dim', '  the payload as it came'));
}
