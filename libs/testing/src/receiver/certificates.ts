import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key as Node's TLS takes them. PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWish {
  /** DNS names and IPv4 addresses that it is for. */
  readonly hosts: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** An RSA key of this length instead of one on P-256. */
  readonly rsaBits?: number;
}

const DAY_MS = 86_400_000;
const OID = {
  commonName: '550403',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const;

/** An authority made for a test, which nobody trusts who was not told to. */
export class CertificateAuthority {
  private constructor(
    private readonly name: Buffer,
    /** Signed by itself. */
    readonly self: Certified,
  ) {}

  static create(commonName = 'Signpost test authority'): CertificateAuthority {
    const name = distinguishedName(commonName);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const isAuthority = extension(OID.basicConstraints, sequence(Buffer.from('0101ff', 'hex')));
    const cert = certificate({ issuer: name, subject: name, publicKey, extensions: [isAuthority], signer: privateKey });
    return new CertificateAuthority(name, { cert, key: pemOf(privateKey) });
  }

  /** PEM, for a client's `ca`. */
  get cert(): string {
    return this.self.cert;
  }

  issue({ hosts, notBefore, notAfter, rsaBits }: CertificateWish): Certified {
    const { publicKey, privateKey } =
      rsaBits === undefined
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: rsaBits });
    const cert = certificate({
      issuer: this.name,
      subject: distinguishedName(hosts[0] ?? 'nobody'),
      publicKey,
      extensions: [extension(OID.subjectAltName, sequence(...hosts.map(alternativeName)))],
      signer: createPrivateKey(this.self.key),
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(notAfter === undefined ? {} : { notAfter }),
    });
    return { cert, key: pemOf(privateKey) };
  }
}

interface Contents {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly signer: KeyObject;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** X.509 version 3 (RFC 5280 §4.1), signed with ECDSA over SHA-256. */
function certificate(contents: Contents): string {
  const now = Date.now();
  const algorithm = sequence(der(0x06, Buffer.from(OID.ecdsaWithSha256, 'hex')));
  const body = sequence(
    der(0xa0, Buffer.from('020102', 'hex')),
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    algorithm,
    contents.issuer,
    sequence(
      utcTime(contents.notBefore ?? new Date(now - DAY_MS)),
      utcTime(contents.notAfter ?? new Date(now + 30 * DAY_MS)),
    ),
    contents.subject,
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...contents.extensions)),
  );
  const signature = sign('sha256', body, contents.signer);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(der(0x06, Buffer.from(OID.commonName, 'hex')), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, attribute));
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(der(0x06, Buffer.from(oid, 'hex')), der(0x04, value));
}

function alternativeName(host: string): Buffer {
  const isAddress = /^[\d.]+$/.test(host);
  return isAddress ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
}

function utcTime(at: Date): Buffer {
  return der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** Tag, length, value (ITU-T X.690 §8.1). */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), value]);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
