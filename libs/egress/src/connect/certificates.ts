import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, one by one; none when one of them cannot be read. */
export function certificatesIn(text: string): readonly string[] {
  const certificates = text.match(PEM) ?? [];
  return certificates.every(isCertificate) ? certificates : [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== '';
  } catch {
    return false;
  }
}
