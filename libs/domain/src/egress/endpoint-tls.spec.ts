import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '@signpost/testing';
import { summariesOf } from './certificates.js';
import { checkTls, type GivenTls } from './endpoint-tls.js';

const now = new Date();
const authority = CertificateAuthority.create('Authority');
const { cert, key } = authority.issue({ hosts: ['caller.example.com'] });
const codesOf = (given: GivenTls): readonly string[] => {
  const check = checkTls(given, now);
  return check.kind === 'faulty' ? check.faults.map(({ field, code }) => `${field}: ${code}`) : [];
};

describe('checkTls', () => {
  it('takes a certificate with its key, an authority, and both', () => {
    expect(codesOf({ certificate: cert, privateKey: key })).toEqual([]);
    expect(codesOf({ ca: authority.cert })).toEqual([]);
    expect(codesOf({ certificate: cert, privateKey: key, ca: authority.cert })).toEqual([]);
    const rsa = authority.issue({ hosts: ['caller'], rsaBits: 2_048 });
    expect(codesOf({ certificate: rsa.cert + authority.cert, privateKey: rsa.key })).toEqual([]);
  });

  it('keeps certificates alone of a text that holds more, the private key above all', () => {
    const check = checkTls(
      { certificate: `${key}\nfor us\n${cert}${authority.cert}`, privateKey: key, ca: key + cert },
      now,
    );
    expect(check).toMatchObject({ kind: 'sound', tls: { client: { privateKey: key } } });
    if (check.kind === 'faulty') return;
    expect(check.tls.client?.certificate).not.toContain('PRIVATE');
    expect(check.tls.client?.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(check.tls.ca).not.toContain('PRIVATE');
  });

  const other = authority.issue({ hosts: ['other'] });
  const old = authority.issue({ hosts: ['old'], notAfter: new Date(now.getTime() - 1_000) });
  const weak = authority.issue({ hosts: ['weak'], rsaBits: 1_024 });
  const encrypted = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  it.each<[string, GivenTls, readonly string[]]>([
    ['nothing', {}, ['certificate: missing']],
    ['no key', { certificate: cert }, ['privateKey: missing']],
    ['no certificate', { privateKey: key, ca: cert }, ['certificate: missing']],
    ['the key of another', { certificate: cert, privateKey: other.key }, ['privateKey: key_mismatch']],
    ['an expired certificate', { certificate: old.cert, privateKey: old.key }, ['certificate: expired_certificate']],
    ['an expired authority', { ca: authority.cert + old.cert }, ['ca: expired_certificate']],
    ['a weak key', { certificate: weak.cert, privateKey: weak.key }, ['certificate: weak_key']],
    ['an encrypted key', { certificate: cert, privateKey: encrypted.toString() }, ['privateKey: encrypted_key']],
    [
      'no PEM at all',
      { certificate: 'a', privateKey: 'b', ca: 'c' },
      ['certificate: invalid_certificate', 'ca: invalid_certificate', 'privateKey: invalid_key'],
    ],
    [
      'a damaged certificate among sound ones',
      { ca: `${cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` },
      ['ca: invalid_certificate'],
    ],
  ])('refuses %s', (_what, given, expected) => {
    expect(codesOf(given)).toEqual(expected);
  });
});

describe('summariesOf', () => {
  it('says who, until when, and by which print to know it', () => {
    expect(summariesOf(cert + authority.cert)).toEqual([
      {
        subject: 'CN=caller.example.com',
        fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
        expiresAt: expect.any(Date),
      },
      expect.objectContaining({ subject: 'CN=Authority' }),
    ]);
    expect(summariesOf('nothing')).toEqual([]);
  });
});
