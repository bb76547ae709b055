/** What HTTP itself needs to say (RFC 9110 §7.6.1) or Signpost signs: never an endpoint owner's to set. */
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible ASCII, spaces and tabs, and the bytes above ASCII that HTTP still carries.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that belong to one connection or frame the body; the sender writes them itself. `name` in lower case. */
export function isFramingHeader(name: string): boolean {
  return RESERVED.has(name);
}

/** Why an endpoint may not have this header, for its owner; undefined when it may. */
export function headerRefusal(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `"${name}" is no header name`;
  const lower = name.toLowerCase();
  if (lower.startsWith('webhook-')) return `"${name}" is written by Signpost when it signs`;
  if (isFramingHeader(lower)) return `"${name}" belongs to the connection and cannot be set`;
  if (!VALUE.test(value)) return `the value of "${name}" holds characters that a header cannot carry`;
  return undefined;
}

/**
 * The headers of one attempt: the endpoint's own, as far as they may be set, under Signpost's, which always win.
 * `own` has lower-case names.
 */
export function requestHeaders(
  endpointHeaders: Readonly<Record<string, string>> | undefined,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (endpointHeaders === undefined) return own;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(endpointHeaders)) {
    if (headerRefusal(name, value) === undefined) headers[name.toLowerCase()] = value;
  }
  return Object.assign(headers, own);
}
