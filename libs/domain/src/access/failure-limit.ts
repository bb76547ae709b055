import { parseAddress } from '../egress/networks.js';

export interface FailureLimitPolicy {
  /** Failures in a row that are answered as such, before the limit holds. */
  readonly burst: number;
  /** Milliseconds after which one more is. */
  readonly everyMs: number;
  /** Addresses remembered at once; the one that failed longest ago is forgotten first. */
  readonly mostAddresses: number;
}

/**
 * How many wrong keys each client address may try. One number an address: the time at which all of its failures will have been
 * forgiven (GCRA, ITU-T I.371). Only failures count, and those beyond the limit do not count again: what `failed` says of the
 * wait is true, however often it is asked. A right key is nobody's business here, so a neighbour behind the same
 * address is never locked out.
 */
export class FailureLimit {
  /** Milliseconds since 1970, by address; the address that failed last stands last. */
  private readonly forgivenAt = new Map<string, number>();

  constructor(private readonly policy: FailureLimitPolicy) {}

  /** How many addresses are remembered. */
  get size(): number {
    return this.forgivenAt.size;
  }

  /** Notes a failure. Milliseconds until another one from this address is answered as such; 0: this one is. */
  failed(address: string, nowMs: number): number {
    const { burst, everyMs, mostAddresses } = this.policy;
    const client = clientOf(address);
    const known = this.forgivenAt.get(client) ?? 0;
    // A clock that went back must not lock anybody out for longer than a full limit lasts.
    const dueAt = Math.max(nowMs, Math.min(known, nowMs + burst * everyMs));
    const waitMs = dueAt - nowMs - (burst - 1) * everyMs;
    if (waitMs > 0) {
      this.forgivenAt.set(client, dueAt);
      return waitMs;
    }
    this.forgivenAt.delete(client);
    this.forgivenAt.set(client, dueAt + everyMs);
    for (const oldest of this.forgivenAt.keys()) {
      if (this.forgivenAt.size <= mostAddresses) break;
      this.forgivenAt.delete(oldest);
    }
    return 0;
  }
}

const IPV6_NETWORK_GROUPS = 4;
const LONGEST_NAME = 64;

/** Who stands behind an address: one host has a whole /64 of IPv6, so that is counted as one. */
export function clientOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return address.slice(0, LONGEST_NAME);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toNormalizedString().split(':').slice(0, IPV6_NETWORK_GROUPS).join(':')}::/64`;
}
