import { isUtf8 } from 'node:buffer';
import { isJsonObject } from '@signpost/domain';
import { SourceEventError } from './source-event.js';

/** The value as JSON, and as what it says. `what`: how it is called for people, 'the value'. */
export function parsedObject(value: Buffer | null, what = 'the value'): Readonly<Record<string, unknown>> {
  if (value === null || value.length === 0) {
    throw new SourceEventError('payload_missing', 'the record has no value; the payload is sent as the value');
  }
  const parsed = isUtf8(value) ? jsonOf(value.toString('utf8')) : undefined;
  if (parsed === undefined) {
    throw new SourceEventError('payload_not_json', `${what} is not JSON in UTF-8; send the payload as one JSON object`);
  }
  if (!isJsonObject(parsed)) {
    throw new SourceEventError(
      'payload_not_object',
      `${what} is JSON, but no object; send the payload as one JSON object`,
    );
  }
  return parsed;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
