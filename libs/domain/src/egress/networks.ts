import ipaddr from 'ipaddr.js';

/** An address range in CIDR notation, ready to be matched. */
export interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  /** Leading bits that count. */
  readonly prefix: number;
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8` or a single address; undefined for anything else. Short forms such as `10/8` are
 * refused, because they read as another network than the one that was meant.
 */
export function parseNetwork(text: string): Network | undefined {
  const [written, bits, ...rest] = text.split('/');
  const address = parseAddress(written ?? '');
  if (address === undefined || rest.length > 0) return undefined;
  const most = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { address, prefix: most };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined;
  return { address, prefix: Number(bits) };
}

/** Only the canonical forms; an IPv4 address inside `::ffff:0:0/96` comes back as that IPv4 address. */
export function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

export function lies(address: ipaddr.IPv4 | ipaddr.IPv6, networks: readonly Network[]): boolean {
  return networks.some(
    (network) => network.address.kind() === address.kind() && address.match(network.address, network.prefix),
  );
}

/** Public and out in the internet: neither special by registry nor known to be some cloud's inside. */
export function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.kind() === 'ipv4') return !lies(address, NEVER_V4);
  return lies(address, GLOBAL_UNICAST) && !lies(address, NEVER_V6);
}

const NEVER_V4 = networks(
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carriers' NAT, some clouds' metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's inside: a public address in no registry
  '169.254.0.0/16', // link-local, most clouds' metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, limited broadcast
);

/** All that is assigned for general use; loopback, private, link-local, NAT64 and multicast lie outside. */
const GLOBAL_UNICAST = networks('2000::/3');

const NEVER_V6 = networks(
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarking, AMT
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address in disguise
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
);

function networks(...list: readonly string[]): readonly Network[] {
  return list.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new Error(`not a network: ${text}`);
    return network;
  });
}
