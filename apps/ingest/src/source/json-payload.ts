import { isUtf8 } from 'node:buffer';
import { isJsonObject, placeBeyondUtf8 } from '@signpost/domain';
import { SourceEventError } from './source-event.js';

/** The value as JSON, and as what it says. `what`: how it is called for people, 'the value'. */
export function parsedObject(value: Buffer | null, what = 'the value'): Readonly<Record<string, unknown>> {
  if (value === null || value.length === 0) {
    throw new SourceEventError('payload_missing', 'the record has no value; the payload is sent as the value');
  }
  const parsed = jsonOf(value, what);
  if (!isJsonObject(parsed)) {
    throw new SourceEventError(
      'payload_not_object',
      `${what} is JSON, but no object; send the payload as one JSON object`,
    );
  }
  return parsed;
}

function jsonOf(value: Buffer, what: string): unknown {
  if (!isUtf8(value)) {
    const place = String(placeBeyondUtf8(value));
    throw new SourceEventError(
      'payload_not_json',
      `${what} is not UTF-8 from byte ${place} on; send the payload as one JSON object in UTF-8`,
    );
  }
  try {
    return JSON.parse(value.toString('utf8')) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new SourceEventError('payload_not_json', `${what} is not JSON (${why}); send the payload as one JSON object`);
  }
}
