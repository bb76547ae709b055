import * as z from 'zod';
import { VALIDATION_METHODS } from '@signpost/domain';
import { Instant } from './names.js';

const LONGEST_PEM = 32_768;

const pem = (what: string) => z.string().max(LONGEST_PEM).nullish().describe(`${what} PEM.`);

/** What the PEM holds is checked further on, where the clock is. */
export const Tls = z
  .object({
    certificate: pem('Shown to the receiver, for mutual TLS; intermediate certificates may follow.'),
    privateKey: pem('Of the certificate, without a passphrase; it is sealed and never given back.'),
    ca: pem("Authorities that the receiver's certificate has to come from, in place of the public ones."),
  })
  .describe('Mutual TLS and an authority of its own, for an https URL.');

const Certificate = z.object({
  subject: z.string(),
  fingerprint: z.string().describe('SHA-256, in hex and colons.'),
  expiresAt: Instant,
});

export const TlsOut = z.object({
  certificate: Certificate.optional(),
  ca: z.array(Certificate).optional(),
});
export type TlsOut = z.output<typeof TlsOut>;

export const Validation = z
  .enum(VALIDATION_METHODS)
  .describe(
    'Asks the receiver first whether it wants deliveries (CloudEvents Web Hooks §4): nothing is delivered until it has agreed.',
  );

export const PermissionOut = z
  .object({
    state: z
      .enum(['pending', 'allowed', 'refused'])
      .describe('pending: the receiver gave no answer that says either; ask again.'),
    reason: z.string().optional().describe('Why it is not allowed: origin, rate, http:405, timeout:total, …'),
    ratePerMinute: z.int().optional().describe('The most requests a minute that the receiver takes.'),
    askedAt: Instant,
  })
  .describe('What the receiver said when it was asked.');
export type PermissionOut = z.output<typeof PermissionOut>;
