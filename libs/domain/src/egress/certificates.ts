import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, one by one, and nothing else of it; none when one of them cannot be read. */
export function certificatesIn(text: string): readonly string[] {
  const certificates = text.match(PEM) ?? [];
  return certificates.every((pem) => readCertificate(pem) !== undefined) ? certificates : [];
}

/** What may be shown of a certificate. */
export interface CertificateSummary {
  readonly subject: string;
  /** SHA-256, in hex and colons. */
  readonly fingerprint: string;
  readonly expiresAt: Date;
}

/** Of each certificate of a PEM text. */
export function summariesOf(text: string): readonly CertificateSummary[] {
  return certificatesIn(text).flatMap((pem) => {
    const certificate = readCertificate(pem);
    return certificate === undefined ? [] : [summaryOf(certificate)];
  });
}

export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function summaryOf(certificate: X509Certificate): CertificateSummary {
  return {
    subject: certificate.subject.split('\n').join(', '),
    fingerprint: certificate.fingerprint256,
    expiresAt: new Date(certificate.validToDate),
  };
}
