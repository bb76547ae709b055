import { createSecretKey } from 'node:crypto';
import type { VerificationKey } from './verification-key.js';

interface ChangedBody {
  readonly bytes: Buffer;
  /** Completes "the signature fits it …". */
  readonly what: string;
}

/** What the body may have been before the usual mistakes: parsed and written anew, or edited as a text file. */
export function changedBodies(body: Buffer): readonly ChangedBody[] {
  const text = body.toString('utf8');
  const guesses: (readonly [string, string])[] = [
    [text.replace(/\r?\n$/, ''), 'without the line end after it'],
    [`${text}\n`, 'with a line end after it'],
    [text.replaceAll('\r\n', '\n'), 'with line ends of LF in place of CRLF'],
    [text.replaceAll(/\r?\n/g, '\r\n'), 'with line ends of CRLF in place of LF'],
    [text.replace(/^\ufeff/, ''), 'without the byte order mark before it'],
    [text.trim(), 'without the white space around it'],
    ...rewritten(text),
  ];
  return guesses
    .map(([guess, what]) => ({ bytes: Buffer.from(guess), what }))
    .filter(({ bytes }) => !bytes.equals(body));
}

/** JSON as other writers would have written it. */
function rewritten(text: string): readonly (readonly [string, string])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const compact = JSON.stringify(value);
  return [
    [compact, 'as JSON without white space'],
    [withSpaces(compact), 'as JSON with a space after each colon and comma'],
    [JSON.stringify(value, null, 2), 'as JSON indented by two spaces'],
    [compact.replaceAll('/', '\\/'), 'as JSON with escaped slashes'],
    [escapedBeyondAscii(compact), 'as JSON with characters beyond ASCII escaped'],
  ];
}

/** Outside of strings only. */
const withSpaces = (compact: string): string =>
  compact.replaceAll(/"(?:[^"\\]|\\.)*"|[:,]/g, (part) => (part === ':' || part === ',' ? `${part} ` : part));

const escapedBeyondAscii = (text: string): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

interface OtherSecret {
  readonly key: VerificationKey;
  /** Completes "the signature fits the secret …". */
  readonly what: string;
}

/** What the secret may be taken for by whoever signed: its text instead of the bytes that the text stands for. */
export function otherSecrets(secret: string): readonly OtherSecret[] {
  if (/^wh[sp]k_/.test(secret)) return [];
  const bare = secret.replace(/^whsec_/, '');
  const asText = (text: string): VerificationKey => ({ scheme: 'v1', key: createSecretKey(Buffer.from(text)) });
  return [
    { key: asText(bare), what: 'as text: whoever signed did not decode the base64 after whsec_' },
    { key: asText(`whsec_${bare}`), what: 'as text with whsec_ before it: whoever signed decoded nothing' },
  ];
}
