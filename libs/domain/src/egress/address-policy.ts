import { isPublic, lies, parseAddress, type Network } from './networks.js';
import { isPrivateName, isRefusedPort } from './private-names.js';

export interface AddressPolicyOptions {
  /** Whether http:// may be called at all; https:// always may. */
  readonly allowHttp: boolean;
  /** Networks of the operator's own that may be called although they are not public. */
  readonly allowedNetworks: readonly Network[];
}

export type UrlRefusalCode = 'invalid' | 'scheme' | 'user-info' | 'port' | 'host-name' | 'private-address';

export type UrlVerdict =
  | { readonly kind: 'accepted'; readonly url: URL }
  | { readonly kind: 'refused'; readonly code: UrlRefusalCode; readonly reason: string };

/**
 * Where a request may go (promise 7). A URL is judged when it is registered and when it is called; what its name
 * stands for is judged at every lookup and once more on the connected socket.
 */
export class AddressPolicy {
  constructor(private readonly options: AddressPolicyOptions) {}

  /** Parsed once, by the WHATWG rules; the URL that comes back is the one to connect to. */
  judgeUrl(text: string): UrlVerdict {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) return refused('invalid', 'this is not an absolute URL; write https://host/path');
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.options.allowHttp)) {
      return refused('scheme', `only ${this.options.allowHttp ? 'http and https' : 'https'} URLs can be called`);
    }
    if (url.username !== '' || url.password !== '') {
      return refused('user-info', 'a user name or password in a URL would be logged; use a header instead');
    }
    if (isRefusedPort(url.port)) {
      return refused('port', `port ${url.port} belongs to another protocol than HTTP; use 443 or a port above 1023`);
    }
    return this.judgeHost(url);
  }

  /** One address that `host` (a name, or the address itself) stands for. An unreadable address is refused. */
  mayConnect(host: string, address: string): boolean {
    const parsed = parseAddress(address);
    if (parsed === undefined) return false;
    if (lies(parsed, this.options.allowedNetworks)) return true;
    return isPublic(parsed) && !isPrivateName(host);
  }

  private judgeHost(url: URL): UrlVerdict {
    const host = hostOf(url);
    if (parseAddress(host) !== undefined) {
      if (this.mayConnect(host, host)) return { kind: 'accepted', url };
      return refused('private-address', 'this address is not public; use a host that is reachable from the internet');
    }
    // With networks of the operator's own, a private name may be meant; its addresses then have to lie in them.
    if (isPrivateName(host) && this.options.allowedNetworks.length === 0) {
      return refused('host-name', 'this host name is not public; use one that is known on the internet');
    }
    return { kind: 'accepted', url };
  }
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function refused(code: UrlRefusalCode, reason: string): UrlVerdict {
  return { kind: 'refused', code, reason };
}
