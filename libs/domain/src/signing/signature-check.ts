import { changedBodies, otherSecrets } from './signature-guesses.js';
import { isSignatureOf, parseVerificationKey, type VerificationKey } from './verification-key.js';

/** The part of a request or of the check that does not fit. */
export type SignaturePart = 'header' | 'clock' | 'body' | 'secret' | 'body-or-secret';

export interface SignatureFinding {
  readonly part: SignaturePart;
  /** Stable, for machines. */
  readonly code: string;
  /** For people: what is wrong, and what to do. */
  readonly detail: string;
}

export interface SignedRequest {
  /** By name, in any case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface SignatureCheck {
  readonly isValid: boolean;
  readonly findings: readonly SignatureFinding[];
  /** Seconds between the signature and `now`; negative: it is from the future. Undefined without a timestamp. */
  readonly ageSeconds?: number;
}

export const USUAL_TOLERANCE_SECONDS = 300;
const SIGNATURE_BYTES = { v1: 32, v1a: 64 } as const;

/**
 * Checks a request by Standard Webhooks 1.0.0, and where it fails says which part does not fit: a header, the
 * clock, the bytes of the body, or the secret. A body or a secret is named when the signature fits a usual mistake
 * with it; else nothing tells the two apart.
 * @throws SigningKeyError for a secret that is none
 */
export function checkSignature(
  { headers, body }: SignedRequest,
  secret: string,
  nowMs: number,
  toleranceSeconds = USUAL_TOLERANCE_SECONDS,
): SignatureCheck {
  const key = parseVerificationKey(secret);
  const named = byLowerCase(headers);
  const id = named.get('webhook-id') ?? '';
  const timestamp = named.get('webhook-timestamp') ?? '';
  const findings = [...headerFindings(id, timestamp)];
  const read = readSignatures(named.get('webhook-signature') ?? '', key);
  findings.push(...read.findings);
  const seconds = /^\d{1,15}$/.test(timestamp) ? Number(timestamp) : undefined;
  const ageSeconds = seconds === undefined ? undefined : Math.floor(nowMs / 1_000) - seconds;
  if (findings.length === 0) {
    const fits = (changed: Buffer, other: VerificationKey): boolean =>
      read.signatures.some((signature) => isSignatureOf(signature, id, timestamp, changed, other));
    if (!fits(body, key)) findings.push(mismatch(body, secret, key, fits));
    findings.push(...clockFindings(ageSeconds ?? 0, toleranceSeconds));
  }
  return { isValid: findings.length === 0, findings, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
}

function headerFindings(id: string, timestamp: string): readonly SignatureFinding[] {
  const findings: SignatureFinding[] = [];
  const say = (code: string, detail: string) => findings.push({ part: 'header', code, detail });
  if (id === '') say('id_missing', 'The header webhook-id is missing or empty: a proxy may have removed it.');
  if (timestamp === '') say('timestamp_missing', 'The header webhook-timestamp is missing or empty.');
  else if (!/^\d+$/.test(timestamp)) {
    say(
      'timestamp_invalid',
      `The header webhook-timestamp is "${timestamp.slice(0, 40)}", and no number of seconds since 1970.`,
    );
  } else if (timestamp.length > 11) {
    say(
      'timestamp_in_milliseconds',
      'The header webhook-timestamp counts something smaller than seconds: whoever signed used milliseconds.',
    );
  }
  return findings;
}

interface ReadSignatures {
  readonly signatures: readonly Buffer[];
  readonly findings: readonly SignatureFinding[];
}

/** Those of the key's scheme; others are for other receivers, or of a version to come. */
function readSignatures(header: string, { scheme }: VerificationKey): ReadSignatures {
  const failed = (code: string, detail: string): ReadSignatures => ({
    signatures: [],
    findings: [{ part: 'header', code, detail }],
  });
  const entries = header.split(' ').filter((entry) => entry !== '');
  if (entries.length === 0) return failed('signature_missing', 'The header webhook-signature is missing or empty.');
  if (!entries.some((entry) => entry.includes(','))) {
    return failed(
      'signature_without_version',
      'The header webhook-signature holds no "v1,<base64>": the version and its comma are missing.',
    );
  }
  const own = entries.filter((entry) => entry.startsWith(`${scheme},`)).map((entry) => entry.slice(scheme.length + 1));
  if (own.length === 0) {
    const found = [...new Set(entries.map((entry) => entry.split(',')[0] ?? ''))].join(', ').slice(0, 40);
    return failed(
      'signature_of_another_version',
      `The secret verifies ${scheme} signatures, and the header has ${found} alone: it is the secret of another kind of endpoint.`,
    );
  }
  const bytes = SIGNATURE_BYTES[scheme];
  const signatures = own
    .map((text) => ({ text, read: Buffer.from(text, 'base64') }))
    // Decoding passes over what is no base64: what it read has to be all that there is.
    .filter(({ text, read }) => read.length === bytes && read.toString('base64') === text)
    .map(({ read }) => read);
  if (signatures.length === 0) {
    return failed(
      'signature_cut',
      `A ${scheme} signature has ${String(bytes)} bytes in base64; the header was cut or changed on its way.`,
    );
  }
  return { signatures, findings: [] };
}

function clockFindings(ageSeconds: number, toleranceSeconds: number): readonly SignatureFinding[] {
  if (Math.abs(ageSeconds) <= toleranceSeconds) return [];
  const distance = `${String(Math.abs(ageSeconds))} s ${ageSeconds > 0 ? 'ago' : 'from now'}`;
  const advice =
    ageSeconds > 0
      ? "It is an old request, or the receiver's clock is fast."
      : "The receiver's clock is slow, or the sender's is fast.";
  const detail = `The request was signed ${distance}, and ${String(toleranceSeconds)} s are tolerated. ${advice}`;
  return [{ part: 'clock', code: ageSeconds > 0 ? 'too_old' : 'too_new', detail }];
}

function mismatch(
  body: Buffer,
  secret: string,
  key: VerificationKey,
  fits: (body: Buffer, key: VerificationKey) => boolean,
): SignatureFinding {
  for (const { bytes, what } of changedBodies(body)) {
    if (!fits(bytes, key)) continue;
    const detail = `The body is not the one that was signed: the signature fits it ${what}. Verify the raw bytes, before anything parses them.`;
    return { part: 'body', code: 'body_changed', detail };
  }
  for (const { key: other, what } of otherSecrets(secret)) {
    if (fits(body, other))
      return { part: 'secret', code: 'secret_misread', detail: `The signature fits the secret ${what}.` };
  }
  const detail =
    'The headers are in order, and the signature fits neither this body nor a usual change of it: the secret is that of another ' +
    'endpoint or was rotated, or the body or an id was changed on its way.';
  return { part: 'body-or-secret', code: 'signature_mismatch', detail };
}

function byLowerCase(headers: SignedRequest['headers']): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value.trim()]],
    ),
  );
}
