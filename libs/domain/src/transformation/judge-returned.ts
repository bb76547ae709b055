import { headerFaults } from '../egress/request-headers.js';
import {
  LARGEST_MADE_BODY,
  LONGEST_MADE_PATH,
  type MadeMethod,
  type MadeRequest,
  type TransformationFault,
  type TransformationOutcome,
} from './transformation.js';

/** What the sandbox says of handler's answer. All but its form is the owner's doing, and nothing of it is trusted. */
export interface Returned {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly cancel?: unknown;
  /** The payload as text: as it is where it was one, as JSON otherwise; absent where it can be neither. */
  readonly body?: unknown;
  /** `typeof` the payload. */
  readonly type?: unknown;
  /** It is the message's own, as it was. */
  readonly unchanged?: unknown;
  /** What handler returned in place of an object. */
  readonly instead?: unknown;
}

const TEXT_TYPE = 'text/plain; charset=utf-8';
const CONTENT_TYPE = 'content-type';
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:;[\t\x20-\x7e]{1,256})?$/;
const SHOWN = 80;

/** What becomes of a message whose endpoint has `url`, by what its transformation returned. */
export function judgeReturned(returned: Returned, url: string): TransformationOutcome {
  const { instead, cancel } = returned;
  if (instead !== undefined) return nonsense(insteadText(instead));
  if (cancel === true) return { kind: 'declined' };
  if (cancel !== undefined && cancel !== null && cancel !== false) {
    return nonsense('cancel is neither true nor false.');
  }
  const method = methodIn(returned.method);
  if (typeof method === 'object') return method;
  const path = pathIn(returned.url, url);
  if (typeof path === 'object') return path;
  const headers = headersIn(returned.headers);
  if ('kind' in headers) return headers;
  const body = bodyIn(returned);
  if (typeof body === 'object') return body;
  return made(method, path, typed(headers.headers, returned, body), body);
}

function made(
  method: MadeMethod | undefined,
  path: string | undefined,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): MadeRequest {
  return {
    kind: 'made',
    ...(method === undefined || method === 'POST' ? {} : { method }),
    ...(path === undefined ? {} : { path }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  };
}

function methodIn(method: unknown): MadeMethod | undefined | TransformationFault {
  if (method === undefined || method === null) return undefined;
  if (method === 'POST' || method === 'PUT') return method;
  return nonsense(`method is ${shown(method)}: only "POST" and "PUT" can be sent.`);
}

/** Undefined: the endpoint's own. The receiver's address, port and scheme are not a transformation's to choose. */
function pathIn(asked: unknown, own: string): string | undefined | TransformationFault {
  if (asked === undefined || asked === null || asked === own) return undefined;
  const url = typeof asked === 'string' ? URL.parse(asked, own) : null;
  if (url === null) return nonsense(`url is ${shown(asked)}: it has to be a URL.`);
  if (url.origin !== new URL(own).origin || url.username !== '' || url.password !== '') {
    return nonsense(
      `url leads to ${shown(url.origin)}: a transformation may change the path and the query, and not where the endpoint is.`,
    );
  }
  const path = url.pathname + url.search;
  if (path.length > LONGEST_MADE_PATH) {
    return nonsense(`url has a path of more than ${String(LONGEST_MADE_PATH)} characters.`);
  }
  return path;
}

function headersIn(headers: unknown): { readonly headers: Readonly<Record<string, string>> } | TransformationFault {
  if (headers === undefined || headers === null) return { headers: {} };
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    return nonsense('headers is no object of names and values.');
  }
  const given = Object.entries(headers);
  const wrong = given.find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) return nonsense(`headers[${shown(wrong[0])}] is no text.`);
  const texts = given as [string, string][];
  const types = texts.filter(([name]) => isContentType(name));
  const faults = headerFaults(Object.fromEntries(texts.filter(([name]) => !isContentType(name))));
  const [fault] = faults;
  if (fault !== undefined) return nonsense(`headers: ${fault.reason}.`);
  if (types.length > 1) return nonsense('headers: "content-type" is there twice.');
  const type = types[0]?.[1];
  if (type !== undefined && !MEDIA_TYPE.test(type)) {
    return nonsense(`headers["content-type"] is ${shown(type)}: it has to be a media type such as "text/csv".`);
  }
  return { headers: Object.fromEntries(texts.map(([name, value]) => [name.toLowerCase(), value])) };
}

/** Undefined: the message's own bytes. */
function bodyIn({ body, type, unchanged }: Returned): string | undefined | TransformationFault {
  if (unchanged === true) return undefined;
  if (typeof body !== 'string' || (type !== 'object' && type !== 'string') || body === 'null') {
    const what = typeof body === 'string' ? 'null or a bare value' : String(type).slice(0, SHOWN);
    return nonsense(`payload is ${what}: it has to be an object, a list or a text.`);
  }
  if (!body.isWellFormed()) return nonsense('payload is a text with half a character (a lone surrogate) in it.');
  if (Buffer.byteLength(body) > LARGEST_MADE_BODY) {
    return {
      kind: 'fault',
      code: 'too-large',
      message: `payload has ${String(Buffer.byteLength(body))} bytes: a transformation may make ${String(LARGEST_MADE_BODY)} at most.`,
    };
  }
  return body;
}

/** A text of no type is plain; all else is JSON unless it says otherwise. */
function typed(
  headers: Readonly<Record<string, string>>,
  { type }: Returned,
  body: string | undefined,
): Readonly<Record<string, string>> {
  if (body === undefined || type !== 'string' || CONTENT_TYPE in headers) return headers;
  return { ...headers, [CONTENT_TYPE]: TEXT_TYPE };
}

const isContentType = (name: string): boolean => name.toLowerCase() === CONTENT_TYPE;

function insteadText(instead: unknown): string {
  if (instead === 'promise') {
    return 'It returned a promise: handler has to return the webhook itself, and there is nothing to wait for.';
  }
  return `It returned ${shown(instead)}: handler has to return the webhook that it was given, changed or not.`;
}

function nonsense(what: string): TransformationFault {
  return { kind: 'fault', code: 'returned', message: `handler returned what cannot be sent. ${what}` };
}

function shown(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
