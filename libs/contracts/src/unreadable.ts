import { AppError } from '@signpost/domain';

/** A record that does not decode. Whoever meets it sets it aside with this reason; it never stops a consumer. */
export class UnreadableRecordError extends AppError {
  readonly code = 'record_unreadable';
}

/** @throws UnreadableRecordError naming what was expected */
export function parseJson(bytes: Buffer | string | null | undefined, what: string): unknown {
  if (bytes === null || bytes === undefined) throw new UnreadableRecordError(`${what} is missing`);
  try {
    return JSON.parse(typeof bytes === 'string' ? bytes : bytes.toString('utf8'));
  } catch (error) {
    throw new UnreadableRecordError(`${what} is not JSON`, {}, error);
  }
}
