import { isJsonObject } from './event-rules.js';

/**
 * A payload as it stands in an answer of the API, as JSON text. It is an object there, whatever was sent, since clients in
 * typed languages read nothing else: what is none stands under `rawPayload`, as text.
 */
export function shownPayload(payload: Buffer): string {
  const text = payload.toString('utf8');
  return isObjectText(text) ? text : JSON.stringify({ rawPayload: text });
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
