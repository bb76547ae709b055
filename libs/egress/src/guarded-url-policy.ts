import { hostOf, isPrivateName, parseAddress, type AddressPolicy } from '@signpost/domain';
import { UrlPolicy, type UrlRefusal } from '@signpost/ports';
import { addressesOf, BlockedAddressError, type Guard } from './connect/guarded-lookup.js';
import type { Resolve } from './connect/resolve.js';

/** An owner who registers a URL waits for its look-up no longer than this. */
const LOOKUP_WITHIN_MS = 2_000;

/** The check at registration: the same rules as at every attempt, look-up included, and no connection opened. */
export class GuardedUrlPolicy extends UrlPolicy {
  private readonly guard: Guard;

  constructor(
    private readonly policy: AddressPolicy,
    resolve: Resolve,
    private readonly withinMs = LOOKUP_WITHIN_MS,
  ) {
    super();
    this.guard = { policy, resolve };
  }

  override async refusal(url: string): Promise<UrlRefusal | undefined> {
    const verdict = this.policy.judgeUrl(url);
    if (verdict.kind === 'refused') return { code: verdict.code, reason: verdict.reason };
    const host = hostOf(verdict.url);
    return parseAddress(host) === undefined ? this.nameRefusal(host) : undefined;
  }

  private async nameRefusal(host: string): Promise<UrlRefusal | undefined> {
    switch (await this.lookUp(host)) {
      case 'open':
        return undefined;
      case 'blocked':
        return BLOCKED;
      case 'unknown':
        // A public name may be set up later. One that is private has to show first that it lies where calls may go.
        return isPrivateName(host) ? UNKNOWN_PRIVATE : undefined;
    }
  }

  private async lookUp(host: string): Promise<'open' | 'blocked' | 'unknown'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unknown'>((resolve) => {
      timer = setTimeout(resolve, this.withinMs, 'unknown');
    });
    const answer = addressesOf(host, this.guard).then(
      () => 'open' as const,
      (error: unknown) => (error instanceof BlockedAddressError ? ('blocked' as const) : ('unknown' as const)),
    );
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}

const BLOCKED: UrlRefusal = {
  code: 'private-address',
  reason: 'this host name stands for an address that is not public; use a host that is reachable from the internet',
};
const UNKNOWN_PRIVATE: UrlRefusal = {
  code: 'host-name',
  reason: 'this host name is not public, and it is not known inside either; use one that is known on the internet',
};
