import { promises as dns, type LookupAddress } from 'node:dns';
import { isPrivateName } from '@signpost/domain';

/** All addresses of a name. Rejects with an error that has a `code`. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;

/**
 * Asks the DNS servers directly. The system's getaddrinfo runs on the process's four pool threads: four names with
 * dead name servers would hold up the look-ups of everybody else (promise 3). Private names, which only exist
 * where the operator allowed networks, still go to the system, for they may stand in its hosts file.
 */
export function dnsResolve(): Resolve {
  const resolver = new dns.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  return async (name) => {
    if (isPrivateName(name)) return systemResolve(name);
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = [...found(four, 4), ...found(six, 6)];
    if (addresses.length > 0) return addresses;
    throw four.status === 'rejected' ? four.reason : noAddress(name);
  };
}

/** The system's own resolver, hosts file included. */
export const systemResolve: Resolve = (name) => dns.lookup(name, { all: true });

function found(outcome: PromiseSettledResult<string[]>, family: 4 | 6): readonly LookupAddress[] {
  return outcome.status === 'fulfilled' ? outcome.value.map((address) => ({ address, family })) : [];
}

function noAddress(name: string): Error {
  return Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' });
}
