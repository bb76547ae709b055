import { AppError } from '@signpost/domain';

/** A forward proxy that opens tunnels (CONNECT, RFC 9110 §9.3.6). */
export interface Proxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization. */
  readonly authorization?: string;
}

export type ProxyFault = 'PROXY_UNREACHABLE' | 'PROXY_AUTH' | 'PROXY_REFUSED' | 'PROXY_GATEWAY' | 'PROXY_INVALID';

/** The proxy failed, or did not do as it was asked; nothing was sent to the receiver. */
export class ProxyError extends AppError {
  constructor(
    readonly code: ProxyFault,
    cause?: unknown,
  ) {
    super(EXPLAINED[code], {}, cause);
  }
}

const EXPLAINED: Readonly<Record<ProxyFault, string>> = {
  PROXY_UNREACHABLE: 'the proxy cannot be reached',
  PROXY_AUTH: 'the proxy does not accept the user and password of EGRESS_PROXY_URL',
  PROXY_REFUSED: 'the proxy does not open a tunnel to this address',
  PROXY_GATEWAY: 'the proxy could not reach this address',
  PROXY_INVALID: 'the proxy did not answer CONNECT in HTTP',
};

/** `http://[user:password@]host:port`; undefined for anything else. */
export function proxyFrom(text: string): Proxy | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined;
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === '' ? 80 : Number(url.port);
  if (url.username === '' && url.password === '') return { host, port };
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { host, port, authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}` };
  } catch {
    return undefined;
  }
}

/** What the answer to CONNECT means; undefined when there is a tunnel. */
export function faultOf(status: number): ProxyFault | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 407) return 'PROXY_AUTH';
  if (status >= 500) return 'PROXY_GATEWAY';
  return status >= 300 ? 'PROXY_REFUSED' : 'PROXY_INVALID';
}
