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
/** What describes the body, which Signpost writes. */
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-type', 'content-encoding']);
/** Verifying libraries read their own names and `webhook-` alike. */
const SIGNED_PREFIXES = ['webhook-', 'svix-'] as const;

/** Whose values the peer's server gives back to nobody. */
const SENSITIVE: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'x-auth-token',
]);

/** Bounds of an endpoint's own headers: common servers refuse a request with more. */
export const MOST_HEADERS = 50;
export const LONGEST_HEADER_NAME = 256;
export const LONGEST_HEADER_VALUE = 4_096;
/** Characters of all names and values together. */
export const LARGEST_HEADERS = 16_384;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible ASCII, spaces and tabs, and the bytes above ASCII that HTTP still carries.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface HeaderFault {
  /** The header, as it was given; undefined: all of them together. */
  readonly name: string | undefined;
  readonly code: 'invalid_header' | 'reserved_header' | 'repeated_header' | 'too_big';
  readonly reason: string;
}

/** Headers that belong to one connection or frame the body; the sender writes them itself. `name` in lower case. */
export function isFramingHeader(name: string): boolean {
  return RESERVED.has(name);
}

/** Whether the header's value is shown to nobody who asks for it; any case. */
export function isHiddenHeader(name: string): boolean {
  return SENSITIVE.has(name.toLowerCase());
}

/** Why an endpoint may not have this header, for its owner; undefined when it may. */
export function headerRefusal(name: string, value: string): string | undefined {
  return headerFault(name, value)?.reason;
}

/** Every reason why an endpoint may not have these headers. */
export function headerFaults(headers: Readonly<Record<string, string>>): readonly HeaderFault[] {
  const faults: HeaderFault[] = [];
  const seen = new Set<string>();
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    const fault = headerFault(name, value) ?? (seen.has(name.toLowerCase()) ? repeated(name) : undefined);
    if (fault !== undefined) faults.push(fault);
    seen.add(name.toLowerCase());
    size += name.length + value.length;
  }
  if (seen.size > MOST_HEADERS) faults.push(tooBig(`an endpoint has at most ${String(MOST_HEADERS)} headers`));
  if (size > LARGEST_HEADERS) {
    faults.push(tooBig(`the headers have at most ${String(LARGEST_HEADERS)} characters, names and values together`));
  }
  return faults;
}

/** Those of an endpoint's own that may be set, by their lower-case names. */
export function settableHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const settable: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (headerRefusal(name, value) === undefined) settable[name.toLowerCase()] = value;
  }
  return settable;
}

/** The headers with some changed by name, whatever its case: null removes one. */
export function patchedHeaders<V>(
  headers: Readonly<Record<string, V>>,
  changes: Readonly<Record<string, V | null>>,
): Readonly<Record<string, V>> {
  const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !changed.has(name.toLowerCase()));
  const set = Object.entries(changes).filter((entry): entry is [string, V & {}] => entry[1] !== null);
  return Object.fromEntries([...kept, ...set]);
}

function headerFault(name: string, value: string): HeaderFault | undefined {
  const quoted = JSON.stringify(name.slice(0, 80));
  const reserved = (reason: string): HeaderFault => ({ name, code: 'reserved_header', reason: `${quoted} ${reason}` });
  const invalid = (reason: string): HeaderFault => ({ name, code: 'invalid_header', reason });
  if (!TOKEN.test(name)) return invalid(`${quoted} is no header name`);
  if (name.length > LONGEST_HEADER_NAME) {
    return invalid(`the name ${quoted}… has more than ${String(LONGEST_HEADER_NAME)} characters`);
  }
  const lower = name.toLowerCase();
  if (SIGNED_PREFIXES.some((prefix) => lower.startsWith(prefix)))
    return reserved('is written by Signpost when it signs');
  if (isFramingHeader(lower)) return reserved('belongs to the connection and cannot be set');
  if (OF_THE_BODY.has(lower)) return reserved('describes the body, and Signpost writes it');
  if (!VALUE.test(value)) return invalid(`the value of ${quoted} holds characters that a header cannot carry`);
  if (value.length > LONGEST_HEADER_VALUE) {
    return invalid(`the value of ${quoted} has more than ${String(LONGEST_HEADER_VALUE)} characters`);
  }
  return undefined;
}

function repeated(name: string): HeaderFault {
  const reason = `${JSON.stringify(name)} is there twice: the case of a header's name does not count`;
  return { name, code: 'repeated_header', reason };
}

const tooBig = (reason: string): HeaderFault => ({ name: undefined, code: 'too_big', reason });
