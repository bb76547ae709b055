import { readFileSync } from 'node:fs';
import { ConfigurationError, readSettings } from '@signpost/runtime';
import { certificatesIn, parseNetwork, type Network } from '@signpost/domain';
import type { AttemptTimeouts } from '@signpost/ports';
import { proxyFrom, type Proxy } from './connect/proxy.js';
import * as z from 'zod';

const Settings = z.object({
  EGRESS_ALLOWED_NETWORKS: z.string().default(''),
  EGRESS_ALLOW_HTTP: z.stringbool().default(false),
  EGRESS_RESOLVER: z.enum(['dns', 'system']).default('dns'),
  EGRESS_CONNECT_TIMEOUT_MS: z.coerce.number().int().min(10).max(60_000).default(5_000),
  EGRESS_FIRST_BYTE_TIMEOUT_MS: z.coerce.number().int().min(10).max(300_000).default(15_000),
  EGRESS_TOTAL_TIMEOUT_MS: z.coerce.number().int().min(10).max(300_000).default(20_000),
  EGRESS_MAX_SOCKETS: z.coerce.number().int().min(1).max(100_000).default(4_096),
  EGRESS_MAX_SOCKETS_PER_ORIGIN: z.coerce.number().int().min(1).max(10_000).default(1_024),
  EGRESS_MAX_WAITING: z.coerce.number().int().min(0).max(1_000_000).default(8_192),
  EGRESS_ORIGIN: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'EGRESS_ORIGIN is a host name')
    .default('signpost'),
  EGRESS_CA_FILE: z.string().optional(),
  EGRESS_PROXY_URL: z.string().optional(),
  EGRESS_RESPONSE_BODY_BYTES: z.coerce.number().int().min(0).max(1_048_576).default(16_384),
  EGRESS_USER_AGENT: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]*$/, 'EGRESS_USER_AGENT is one line of ASCII')
    .default('Signpost/0.1.0'),
});

export interface EgressConfig {
  /** Networks that may be called although they are not public. */
  readonly allowedNetworks: readonly Network[];
  readonly allowHttp: boolean;
  /** Who looks up public names: DNS servers alone, or the system with its hosts file and four threads. */
  readonly resolver: 'dns' | 'system';
  readonly timeouts: AttemptTimeouts;
  readonly maxSockets: number;
  readonly maxSocketsPerOrigin: number;
  /** Requests that may wait for a socket; one more fails at once. */
  readonly maxWaiting: number;
  /** PEM of authorities that are trusted beside the public ones. */
  readonly certificateAuthorities: readonly string[];
  /** Opens every connection in place of this process. */
  readonly proxy?: Proxy;
  /** Bytes of an answer's body that are kept. */
  readonly responseBodyBytes: number;
  readonly userAgent: string;
  /** What this installation is called when a receiver is asked for its permission. */
  readonly origin: string;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadEgressConfig(env: NodeJS.ProcessEnv): EgressConfig {
  const settings = readSettings('egress', Settings, env);
  return {
    allowedNetworks: networksOf(settings.EGRESS_ALLOWED_NETWORKS),
    allowHttp: settings.EGRESS_ALLOW_HTTP,
    resolver: settings.EGRESS_RESOLVER,
    timeouts: {
      connectMs: settings.EGRESS_CONNECT_TIMEOUT_MS,
      firstByteMs: settings.EGRESS_FIRST_BYTE_TIMEOUT_MS,
      totalMs: settings.EGRESS_TOTAL_TIMEOUT_MS,
    },
    maxSockets: settings.EGRESS_MAX_SOCKETS,
    maxSocketsPerOrigin: settings.EGRESS_MAX_SOCKETS_PER_ORIGIN,
    maxWaiting: settings.EGRESS_MAX_WAITING,
    certificateAuthorities: authoritiesIn(settings.EGRESS_CA_FILE),
    ...(settings.EGRESS_PROXY_URL === undefined ? {} : { proxy: proxyOf(settings.EGRESS_PROXY_URL) }),
    responseBodyBytes: settings.EGRESS_RESPONSE_BODY_BYTES,
    userAgent: settings.EGRESS_USER_AGENT,
    origin: settings.EGRESS_ORIGIN,
  };
}

function authoritiesIn(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new ConfigurationError(`egress: EGRESS_CA_FILE cannot be read (${why})`);
  }
  const certificates = certificatesIn(text);
  if (certificates.length === 0) {
    throw new ConfigurationError(`egress: EGRESS_CA_FILE: ${path} holds no certificate that can be read; it takes PEM`);
  }
  return certificates;
}

function proxyOf(text: string): Proxy {
  const proxy = proxyFrom(text);
  // Without the text: it may hold a password.
  if (proxy === undefined) {
    throw new ConfigurationError('egress: EGRESS_PROXY_URL is no proxy; write it as http://user:password@host:port');
  }
  return proxy;
}

function networksOf(list: string): readonly Network[] {
  const texts = list.split(',').flatMap((text) => (text.trim() === '' ? [] : [text.trim()]));
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) {
      throw new ConfigurationError(
        `egress: EGRESS_ALLOWED_NETWORKS: "${text}" is no network; write them as 10.0.0.0/8,fd00::/8`,
      );
    }
    return network;
  });
}
