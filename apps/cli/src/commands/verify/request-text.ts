import { UsageError } from '../../errors.js';

export interface ReadRequest {
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * A request from a file: as it goes over the wire (its first line may be missing), or the last line of what `sink
 * --record` wrote. @throws UsageError
 */
export function readRequest(bytes: Buffer): ReadRequest {
  return recorded(bytes) ?? wireRequest(bytes);
}

/** Headers as `name: value` lines. @throws UsageError */
export function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `"${line.slice(0, 60)}" is no header`,
        'Headers have the form "name: value", one a line; an empty line stands between them and the body.',
      );
    }
    headers[name.toLowerCase()] = value.trim();
  }
  return headers;
}

function wireRequest(bytes: Buffer): ReadRequest {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(LF, at);
    if (end === -1) {
      throw new UsageError(
        'The request has no empty line between its headers and its body',
        'Give it as it came: headers, an empty line, the body. Or use --header and --body.',
      );
    }
    const line = bytes.toString('utf8', at, bytes[end - 1] === CR ? end - 1 : end);
    at = end + 1;
    if (line === '') break;
    lines.push(line);
  }
  // "POST /hooks HTTP/1.1" is no header.
  const withoutFirst = /^[A-Z]+ \S+( HTTP\/\S+)?$/.test(lines[0] ?? '') ? lines.slice(1) : lines;
  return { headers: readHeaders(withoutFirst), body: bytes.subarray(at) };
}

interface Recorded {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
}

function recorded(bytes: Buffer): ReadRequest | undefined {
  const last = bytes.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) return undefined;
  try {
    const { headers, body, bodyBase64 } = JSON.parse(last) as Partial<Recorded>;
    if (typeof headers !== 'object' || (body === undefined && bodyBase64 === undefined)) return undefined;
    return { headers, body: body === undefined ? Buffer.from(bodyBase64 ?? '', 'base64') : Buffer.from(body) };
  } catch {
    return undefined;
  }
}
