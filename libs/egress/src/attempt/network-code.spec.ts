import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NETWORK_CODES, networkCodeOf } from './network-code.js';

const withCode = (code: unknown, message = ''): Error => Object.assign(new Error(message), { code });

describe('networkCodeOf', () => {
  it.each([
    ['EPIPE', 'ECONNRESET'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_NAME_MISMATCH'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_SELF_SIGNED'],
    ['CERT_REVOKED', 'CERT_INVALID'],
    ['UNABLE_TO_GET_CRL', 'CERT_INVALID'],
    ['ERROR_IN_CERT_NOT_BEFORE_FIELD', 'CERT_INVALID'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS_VERSION'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'CLIENT_CERT_REFUSED'],
    ['PROXY_AUTH', 'PROXY_AUTH'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS_HANDSHAKE'],
    ['EWHATEVER', 'OTHER'],
    ['constructor', 'OTHER'],
    [undefined, 'OTHER'],
  ])('%s -> %s', (code, expected) => {
    expect(networkCodeOf(withCode(code))).toBe(expected);
  });

  it('tells what came over a connection from its end', () => {
    expect(networkCodeOf(withCode('UND_ERR_SOCKET', 'other side closed'))).toBe('CONNECTION_CLOSED');
    expect(networkCodeOf(withCode('UND_ERR_SOCKET', 'bad upgrade'))).toBe('INVALID_HTTP');
  });

  it('says why the first of several addresses failed', () => {
    expect(networkCodeOf(new AggregateError([withCode('EHOSTUNREACH'), withCode('ECONNREFUSED')]))).toBe(
      'EHOSTUNREACH',
    );
    expect(networkCodeOf(new AggregateError([]))).toBe('OTHER');
  });

  it('stays within its set, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (code, message) => {
        expect(NETWORK_CODES).toContain(networkCodeOf(withCode(code, message)));
      }),
    );
  });
});
