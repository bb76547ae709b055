import * as z from 'zod';
import { SIGNATURE_TYPES } from '@signpost/domain';

const LONGEST_GRACE_SECONDS = 7 * 86_400;
export const USUAL_GRACE_SECONDS = 86_400;

export const Secret = z
  .string()
  .regex(/^(whsec_|whsk_)?[a-zA-Z0-9+/=]{32,100}$/, {
    error:
      'is base64 of 24 to 64 random bytes, with or without whsec_ before it, or an ed25519 key in base64 after whsk_',
  })
  .describe('The key that signs: shared (whsec_) or the private half of a pair (whsk_); absent: one is made.');

export const SignatureType = z
  .enum(SIGNATURE_TYPES)
  .describe(
    'hmac256: a secret that both sides share (v1 signatures); ed25519: a key pair, of which the receiver gets the public half (v1a).',
  );

/** `key` and `signatureType` are checked against each other where the key is parsed. */
export const EndpointSecretRotateIn = z.object({
  key: Secret.nullish(),
  signatureType: SignatureType.nullish().describe('Of the key that is made; absent: as before.'),
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(LONGEST_GRACE_SECONDS)
    .nullish()
    .describe('How long the old secret signs on; absent: a day.'),
});

export const EndpointSecretOut = z.object({
  key: z
    .string()
    .describe('What the receiver verifies with: the shared secret (whsec_), or the public half of a pair (whpk_).'),
});
export type EndpointSecretOut = z.output<typeof EndpointSecretOut>;
