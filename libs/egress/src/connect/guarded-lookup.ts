import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AppError, type AddressPolicy } from '@signpost/domain';
import { LookupError, type Resolve } from './resolve.js';

/** The address guard said no; nothing was sent. */
export class BlockedAddressError extends AppError {
  readonly code = 'address_blocked';
  constructor() {
    super('the host stands for an address that is not public');
  }
}

export interface Guard {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
}

/**
 * What a name stands for: at least one address, and only such as may be called.
 * @throws BlockedAddressError when one of them may not
 * @throws LookupError when there is none, or nobody says so
 */
export async function addressesOf(host: string, { policy, resolve }: Guard): Promise<readonly LookupAddress[]> {
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw LookupError.from(error, host);
  }
  if (addresses.some(({ address }) => !policy.mayConnect(host, address))) throw new BlockedAddressError();
  if (addresses.length === 0) throw new LookupError('ENOTFOUND', host);
  return addresses;
}

/** The same for a socket that looks its host up itself. */
export function guardedLookup(host: string, guard: Guard, lookedUp: () => void): LookupFunction {
  return (_name, { all }, callback) => {
    addressesOf(host, guard).then(
      (addresses) => {
        lookedUp();
        const [first] = addresses;
        if (all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => {
        lookedUp();
        callback(error as Error, []);
      },
    );
  };
}
