import type { Delivery } from '@signpost/contracts';
import type { Endpoint } from '@signpost/domain';
import { ATTRIBUTE, OWN_ATTRIBUTE, type SpanAttributes } from '@signpost/observability';
import type { Attempted } from './attempt.js';

/** Stands for what may hold a key; the conventions' own word. */
const REDACTED = 'REDACTED';

/** Whether anything was sent, or tried to be: what was refused before that is no request. */
export function isRequest({ outcome }: Pick<Attempted, 'outcome'>): boolean {
  switch (outcome) {
    case 'delivered':
    case 'http-error':
    case 'timeout':
    case 'network-error':
    case 'gone':
      return true;
    case 'blocked-address':
    case 'unsigned':
    case 'no-token':
    case 'breaker-open':
    case 'transformation':
      return false;
  }
}

/** The status where there was an answer, as the conventions have it; otherwise our own reason. */
export function errorOf({ verdict, status }: Pick<Attempted, 'verdict' | 'status'>): string | undefined {
  if (verdict.kind === 'delivered') return undefined;
  return status === undefined ? verdict.reason : String(status);
}

/** What a request says beside whose it is. */
export function attemptAttributes({ attempt }: Delivery, endpoint: Endpoint, attempted: Attempted): SpanAttributes {
  const { status, timing, method = 'POST' } = attempted;
  const { lookupMs, connectMs, tlsMs, firstByteMs } = timing;
  return {
    [ATTRIBUTE.httpRequestMethod]: method,
    ...urlAttributes(attempted.url ?? endpoint.url, attempted.url !== undefined),
    ...(status === undefined ? undefined : { [ATTRIBUTE.httpResponseStatus]: status }),
    ...(attempt === 1 ? undefined : { [ATTRIBUTE.httpResendCount]: attempt - 1 }),
    ...(lookupMs === undefined ? undefined : { [OWN_ATTRIBUTE.lookupMs]: lookupMs }),
    ...(connectMs === undefined ? undefined : { [OWN_ATTRIBUTE.connectMs]: connectMs }),
    ...(tlsMs === undefined ? undefined : { [OWN_ATTRIBUTE.tlsMs]: tlsMs }),
    ...(firstByteMs === undefined ? undefined : { [OWN_ATTRIBUTE.firstByteMs]: firstByteMs }),
  };
}

/** Without user, password and query; `isMade`: a transformation chose the path, which may hold a key then. */
export function urlAttributes(text: string, isMade: boolean): SpanAttributes {
  if (!URL.canParse(text)) return {};
  const { protocol, host, hostname, port, pathname, search } = new URL(text);
  const path = isMade ? `/${REDACTED}` : pathname;
  return {
    [ATTRIBUTE.urlFull]: `${protocol}//${host}${path}${search === '' ? '' : `?${REDACTED}`}`,
    [ATTRIBUTE.serverAddress]: hostname,
    [ATTRIBUTE.serverPort]: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}
