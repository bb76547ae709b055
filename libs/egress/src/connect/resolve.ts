import { promises as dns, type LookupAddress } from 'node:dns';
import { AppError, isPrivateName } from '@signpost/domain';

/** All addresses of a name; LookupError.from() reads what it rejects with. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** What name servers and getaddrinfo call a name that has no address. */
const NO_ADDRESS: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME', 'EBADNAME']);

/** The name has no address (ENOTFOUND), or nobody could say so (EAI_AGAIN). */
export class LookupError extends AppError {
  constructor(
    readonly code: 'ENOTFOUND' | 'EAI_AGAIN',
    name: string,
    cause?: unknown,
  ) {
    super(code === 'ENOTFOUND' ? `${name} has no address` : `the look-up of ${name} failed`, {}, cause);
  }

  static from(error: unknown, name: string): LookupError {
    if (error instanceof LookupError) return error;
    // A name server that refuses the connection must not read like a receiver that does.
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return new LookupError(NO_ADDRESS.has(code) ? 'ENOTFOUND' : 'EAI_AGAIN', name, error);
  }
}

const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;

/**
 * Asks the DNS servers directly. The system's getaddrinfo runs on the process's four pool threads: four names with
 * dead name servers would hold up the look-ups of everybody else (promise 3). Private names, which only exist
 * where the operator allowed networks, still go to the system, for they may stand in its hosts file.
 *
 * `servers`: host and port of name servers, instead of the system's.
 */
export function dnsResolve(servers?: readonly string[]): Resolve {
  const resolver = new dns.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return async (name) => {
    if (isPrivateName(name)) return systemResolve(name);
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = [...found(four, 4), ...found(six, 6)];
    if (addresses.length > 0) return addresses;
    const failures = [four, six].flatMap((outcome) =>
      outcome.status === 'rejected' ? [LookupError.from(outcome.reason, name)] : [],
    );
    // Of two opinions, the one that may change is the one to act on.
    throw failures.find(({ code }) => code === 'EAI_AGAIN') ?? new LookupError('ENOTFOUND', name);
  };
}

/** As the settings say. */
export const resolverOf = ({ resolver }: { readonly resolver: 'dns' | 'system' }): Resolve =>
  resolver === 'dns' ? dnsResolve() : systemResolve;

/** The system's own resolver, hosts file included. */
export const systemResolve: Resolve = (name) => dns.lookup(name, { all: true });

function found(outcome: PromiseSettledResult<string[]>, family: 4 | 6): readonly LookupAddress[] {
  return outcome.status === 'fulfilled' ? outcome.value.map((address) => ({ address, family })) : [];
}
