import { createPrivateKey, type KeyObject } from 'node:crypto';
import { certificatesIn, readCertificate } from './certificates.js';

/** TLS settings as an endpoint's owner gives them: PEM, the key in clear. */
export interface GivenTls {
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly ca?: string | undefined;
}

export interface TlsFault {
  readonly field: keyof GivenTls;
  readonly code:
    | 'missing'
    | 'invalid_certificate'
    | 'expired_certificate'
    | 'weak_key'
    | 'invalid_key'
    | 'encrypted_key'
    | 'key_mismatch';
  readonly reason: string;
}

/** Checked, and rid of whatever else the texts held: a key pasted in with a certificate is not kept in clear. */
export interface CheckedTls {
  readonly client?: { readonly certificate: string; readonly privateKey: string };
  readonly ca?: string;
}

export type TlsCheck =
  | { readonly kind: 'sound'; readonly tls: CheckedTls }
  | { readonly kind: 'faulty'; readonly faults: readonly TlsFault[] };

/** OpenSSL refuses shorter ones when it comes to use them. */
const LEAST_RSA_BITS = 2_048;

export function checkTls(given: GivenTls, now: Date): TlsCheck {
  const { certificate, privateKey, ca } = given;
  const faults: TlsFault[] = [
    ...(certificate === undefined ? [] : certificateFaults('certificate', certificate, now)),
    ...(ca === undefined ? [] : certificateFaults('ca', ca, now)),
  ];
  const key = privateKey === undefined ? undefined : readKey(privateKey);
  if (key !== undefined && 'code' in key) faults.push(key);
  if (certificate === undefined && privateKey !== undefined) faults.push(missing('certificate', 'privateKey'));
  if (certificate !== undefined && privateKey === undefined) faults.push(missing('privateKey', 'certificate'));
  if (certificate === undefined && privateKey === undefined && ca === undefined) faults.push(NOTHING);
  const [leaf] = certificate === undefined ? [] : certificatesIn(certificate);
  const [read] = leaf === undefined ? [] : [readCertificate(leaf)];
  if (read !== undefined && key !== undefined && !('code' in key) && !read.checkPrivateKey(key)) faults.push(MISMATCH);
  if (faults.length > 0) return { kind: 'faulty', faults };
  return {
    kind: 'sound',
    tls: {
      ...(certificate === undefined || key === undefined || 'code' in key
        ? {}
        : { client: { certificate: cleaned(certificate), privateKey: pemOf(key) } }),
      ...(ca === undefined ? {} : { ca: cleaned(ca) }),
    },
  };
}

function certificateFaults(field: 'certificate' | 'ca', text: string, now: Date): readonly TlsFault[] {
  const certificates = certificatesIn(text).map(readCertificate);
  if (certificates.length === 0) {
    return [{ field, code: 'invalid_certificate', reason: 'holds no certificate in PEM that can be read' }];
  }
  return certificates.flatMap((certificate): TlsFault[] => {
    if (certificate === undefined) return [];
    if (certificate.validToDate.getTime() <= now.getTime()) {
      const when = certificate.validToDate.toISOString();
      return [{ field, code: 'expired_certificate', reason: `holds a certificate that expired at ${when}` }];
    }
    const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
    if (certificate.publicKey.asymmetricKeyType === 'rsa' && bits !== undefined && bits < LEAST_RSA_BITS) {
      const least = String(LEAST_RSA_BITS);
      return [{ field, code: 'weak_key', reason: `holds an RSA key of ${String(bits)} bits; ${least} is the least` }];
    }
    return [];
  });
}

function readKey(text: string): KeyObject | TlsFault {
  try {
    return createPrivateKey(text);
  } catch {
    // Both forms of PEM say so, which OpenSSL's own errors do not.
    return /-BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text) ? ENCRYPTED : INVALID_KEY;
  }
}

const cleaned = (text: string): string => `${certificatesIn(text).join('\n')}\n`;
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const missing = (field: keyof GivenTls, other: keyof GivenTls): TlsFault => ({
  field,
  code: 'missing',
  reason: `is missing; ${other} is of no use without it`,
});
const NOTHING: TlsFault = {
  field: 'certificate',
  code: 'missing',
  reason: 'give a certificate with its privateKey, a ca, or all three; null removes them',
};
const MISMATCH: TlsFault = {
  field: 'privateKey',
  code: 'key_mismatch',
  reason: 'is not the key of the certificate (of the first one, where there are several)',
};
const INVALID_KEY: TlsFault = { field: 'privateKey', code: 'invalid_key', reason: 'is no private key in PEM' };
const ENCRYPTED: TlsFault = {
  field: 'privateKey',
  code: 'encrypted_key',
  reason: 'is encrypted; give it without a passphrase, it is sealed here',
};
