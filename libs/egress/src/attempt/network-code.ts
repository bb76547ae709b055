/** What went wrong below HTTP, in a closed set: metrics label by it, the delivery log shows it. */
export const NETWORK_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_NAME_MISMATCH',
  'CERT_SELF_SIGNED',
  'CERT_UNTRUSTED',
  'CERT_INVALID',
  'TLS_VERSION',
  'TLS_HANDSHAKE',
  'CLIENT_CERT_REQUIRED',
  'CLIENT_CERT_REFUSED',
  'CLIENT_CERT_UNUSABLE',
  'PROXY_UNREACHABLE',
  'PROXY_AUTH',
  'PROXY_REFUSED',
  'PROXY_GATEWAY',
  'PROXY_INVALID',
  'HEADERS_TOO_LARGE',
  'INVALID_HTTP',
  'INVALID_REQUEST',
  'SENDER_BUSY',
  'SENDER_CLOSED',
  'OTHER',
] as const;
export type NetworkCode = (typeof NETWORK_CODES)[number];

const BY_CODE: Readonly<Record<string, NetworkCode>> = {
  ECONNREFUSED: 'ECONNREFUSED',
  ECONNRESET: 'ECONNRESET',
  ECONNABORTED: 'ECONNRESET',
  EPIPE: 'ECONNRESET',
  ETIMEDOUT: 'ETIMEDOUT',
  EHOSTUNREACH: 'EHOSTUNREACH',
  EHOSTDOWN: 'EHOSTUNREACH',
  ENETUNREACH: 'ENETUNREACH',
  ENETDOWN: 'ENETUNREACH',
  EADDRNOTAVAIL: 'ENETUNREACH',
  // Look-ups: the name has no address, or its servers did not say.
  ENOTFOUND: 'ENOTFOUND',
  EAI_AGAIN: 'EAI_AGAIN',
  // Certificates, by their OpenSSL names.
  CERT_HAS_EXPIRED: 'CERT_HAS_EXPIRED',
  CERT_NOT_YET_VALID: 'CERT_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERT_NAME_MISMATCH',
  HOSTNAME_MISMATCH: 'CERT_NAME_MISMATCH',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CERT_SELF_SIGNED',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERT_SELF_SIGNED',
  UNABLE_TO_GET_ISSUER_CERT: 'CERT_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CERT_UNTRUSTED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERT_UNTRUSTED',
  CERT_UNTRUSTED: 'CERT_UNTRUSTED',
  EPROTO: 'TLS_HANDSHAKE',
  // The receiver speaks older versions of TLS only.
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'TLS_VERSION',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'TLS_VERSION',
  // What a receiver says about our certificate; about its own it has nothing to say.
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'CLIENT_CERT_REQUIRED',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'CLIENT_CERT_REFUSED',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'CLIENT_CERT_REFUSED',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'CLIENT_CERT_REFUSED',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'CLIENT_CERT_REFUSED',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'CLIENT_CERT_REFUSED',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'CLIENT_CERT_REFUSED',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'CLIENT_CERT_REFUSED',
  PROXY_UNREACHABLE: 'PROXY_UNREACHABLE',
  PROXY_AUTH: 'PROXY_AUTH',
  PROXY_REFUSED: 'PROXY_REFUSED',
  PROXY_GATEWAY: 'PROXY_GATEWAY',
  PROXY_INVALID: 'PROXY_INVALID',
  // HTTP. A closed connection is undici's only UND_ERR_SOCKET that is not about what came over it.
  UND_ERR_HEADERS_OVERFLOW: 'HEADERS_TOO_LARGE',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'INVALID_HTTP',
  // An answer that undici's own parser did not foresee.
  ERR_ASSERTION: 'INVALID_HTTP',
  UND_ERR_INVALID_ARG: 'INVALID_REQUEST',
  UND_ERR_NOT_SUPPORTED: 'INVALID_REQUEST',
  UND_ERR_DESTROYED: 'SENDER_CLOSED',
  UND_ERR_CLOSED: 'SENDER_CLOSED',
};

export function networkCodeOf(error: Error): NetworkCode {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known !== undefined) return known;
  // Every address of the name failed (an AggregateError): the first one says why.
  const [first] = 'errors' in error && Array.isArray(error.errors) ? (error.errors as readonly Error[]) : [];
  if (first !== undefined) return networkCodeOf(first);
  if (code === 'UND_ERR_SOCKET') return error.message.startsWith('bad ') ? 'INVALID_HTTP' : 'CONNECTION_CLOSED';
  // Its `code` is often missing.
  if (error.name === 'HTTPParserError') return 'INVALID_HTTP';
  if (/^ERR_(?:SSL|TLS)_/.test(code)) return 'TLS_HANDSHAKE';
  return /^(?:CERT|CRL|INVALID_CA|PATH_LENGTH|ERROR_IN_CERT)_|_CERT(?:_|$)|_CRL(?:_|$)/.test(code)
    ? 'CERT_INVALID'
    : 'OTHER';
}
