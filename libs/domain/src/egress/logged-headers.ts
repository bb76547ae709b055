/** What the log has in place of a value that it must not hold. */
export const MASKED = '***';

const MOST_HEADERS = 32;
const MOST_NAME = 64;
const MOST_VALUE = 256;
const MOST_TOGETHER = 2_048;

/** Every request has them, and they follow from the attempt: its message, its time, and its masked signature. */
const FOLLOWING: ReadonlySet<string> = new Set([
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]);
const JSON_TYPE = 'application/json';

/** Of the connection and the moment: they say nothing about the receiver. */
const PASSING: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'proxy-connection',
  'trailer',
  'upgrade',
]);

const SENSITIVE = /auth|cookie|token|secret|password|credential|signature|session|api-?key/;

/** Whether a header's value may be a secret, by its name. `name` in lower case. */
export function isSensitiveHeader(name: string): boolean {
  return SENSITIVE.test(name);
}

/**
 * What the log keeps of a request's headers: those that are not the same for everybody, bounded, with sensitive values
 * masked. Undefined when nothing is left. Names in lower case.
 */
export function loggedRequestHeaders(
  sent: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  return kept(sent, (name, value) => !FOLLOWING.has(name) || (name === 'content-type' && value !== JSON_TYPE));
}

/** The same of an answer's headers: those that say something about the receiver. A header that comes twice is a list (RFC 9110 §5.3). */
export function loggedResponseHeaders(
  answered: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | undefined {
  return kept(answered, (name) => !PASSING.has(name));
}

/** All headers of a request again, as they were sent but for what is masked; without those of the connection. */
export function sentHeaders(
  kept: Readonly<Record<string, string>> | undefined,
  messageId: string,
  at: Date,
): Readonly<Record<string, string>> {
  return {
    'content-type': JSON_TYPE,
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': MASKED,
    ...kept,
  };
}

function kept(
  headers: Readonly<Record<string, unknown>>,
  isKept: (name: string, value: unknown) => boolean,
): Readonly<Record<string, string>> | undefined {
  let found: Record<string, string> | undefined;
  let count = 0;
  let size = 0;
  for (const name in headers) {
    const value = headers[name];
    if (!isKept(name, value)) continue;
    const text = isSensitiveHeader(name) ? MASKED : textOf(value);
    size += name.length + text.length;
    if (count === MOST_HEADERS || size > MOST_TOGETHER) break;
    if (name.length > MOST_NAME) continue;
    found ??= {};
    // A receiver chooses the names: one like "__proto__" is a name as any other.
    Object.defineProperty(found, name, { value: text, enumerable: true, configurable: true, writable: true });
    count += 1;
  }
  return found;
}

function textOf(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '';
  return text.length > MOST_VALUE ? `${text.slice(0, MOST_VALUE - 1)}…` : text;
}
