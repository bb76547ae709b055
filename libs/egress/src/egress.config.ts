import { ConfigurationError, readSettings } from '@signpost/runtime';
import { parseNetwork, type Network } from '@signpost/domain';
import type { AttemptTimeouts } from '@signpost/ports';
import * as z from 'zod';

const Settings = z.object({
  EGRESS_ALLOWED_NETWORKS: z.string().default(''),
  EGRESS_ALLOW_HTTP: z.stringbool().default(false),
  EGRESS_RESOLVER: z.enum(['dns', 'system']).default('dns'),
  EGRESS_CONNECT_TIMEOUT_MS: z.coerce.number().int().min(10).max(60_000).default(5_000),
  EGRESS_FIRST_BYTE_TIMEOUT_MS: z.coerce.number().int().min(10).max(300_000).default(15_000),
  EGRESS_TOTAL_TIMEOUT_MS: z.coerce.number().int().min(10).max(300_000).default(20_000),
  EGRESS_MAX_SOCKETS: z.coerce.number().int().min(1).max(100_000).default(4_096),
  EGRESS_MAX_SOCKETS_PER_ORIGIN: z.coerce.number().int().min(1).max(10_000).default(64),
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
  /** Bytes of an answer's body that are kept. */
  readonly responseBodyBytes: number;
  readonly userAgent: string;
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
    responseBodyBytes: settings.EGRESS_RESPONSE_BODY_BYTES,
    userAgent: settings.EGRESS_USER_AGENT,
  };
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
