import type { RejectedContentOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { readInput } from '../../read-input.js';
import { printRejected, REJECTED_PATH } from './rejected.js';
import type { CorrectGiven } from './specification.js';

export async function correctRejected(context: Context, given: CorrectGiven): Promise<void> {
  const body = given.undo ? {} : await correctionOf(context, given);
  const client = await context.client();
  const path = `${REJECTED_PATH}/${inPath(given.rejected)}/correction`;
  printRejected(context, await client.call<RejectedContentOut>('PUT', path, { body }));
}

async function correctionOf(context: Context, given: CorrectGiven): Promise<object> {
  const { valueFile, header, withoutHeaders = [] } = given;
  const value =
    valueFile === undefined ? given.value : (await readInput(valueFile, context.surroundings)).toString('utf8');
  const taken = withoutHeaders.map((name) => [name, null] as const);
  const headers = { ...Object.fromEntries<null>(taken), ...header };
  if (value === undefined && Object.keys(headers).length === 0) {
    throw new UsageError(
      'Nothing is corrected',
      'Give --value, --value-file, --header or --without-headers; or --undo.',
    );
  }
  return { ...(value === undefined ? {} : { value }), ...(Object.keys(headers).length === 0 ? {} : { headers }) };
}
