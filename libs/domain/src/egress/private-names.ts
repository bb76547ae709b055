/** Top-level and deeper names that are private by standard or by custom. */
const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'svc',
  'lan',
  'intranet',
  'corp',
  'home',
] as const;

/**
 * Whether a name belongs to some inside rather than to the internet. Single labels do, for a search list may
 * complete them. Takes a host as the WHATWG URL parser leaves it (lower case); an address is no name.
 */
export function isPrivateName(host: string): boolean {
  if (host.includes(':') || /^[\d.]+$/.test(host)) return false;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const labels = name.split('.');
  if (labels.length === 1 || labels.includes('')) return true;
  return PRIVATE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

/** 0, which is no port, and ports on which something answers that takes an HTTP request for a command of its own. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531,
  532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379,
  2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 6566, 6665, 6666, 6667,
  6668, 6669, 6679, 6697, 7001, 8500, 9042, 9092, 9100, 9200, 9300, 10080, 10250, 10255, 11211, 15672, 27017, 50070,
]);

/** `port`: as it stands in the URL; '' (the scheme's own) is never refused. */
export function isRefusedPort(port: string): boolean {
  return port !== '' && (port === '0' || REFUSED_PORTS.has(Number(port)));
}
