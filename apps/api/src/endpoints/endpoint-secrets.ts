import { Injectable } from '@nestjs/common';
import { USUAL_GRACE_SECONDS, type EndpointSecretRotateIn } from '@signpost/contracts';
import {
  MOST_RETIRED_SECRETS,
  newSecret,
  parseSigningKey,
  rotate,
  SecretBox,
  signatureTypeOf,
  SigningKeyError,
  verificationKey,
  type SignatureType,
  type SigningSecrets,
} from '@signpost/domain';
import type { Change } from '@signpost/ports';
import { ApiError, ValidationError } from '@signpost/runtime';
import type * as z from 'zod';

const SHARED = 'whsec_';
const PRIVATE = 'whsk_';

interface Asked {
  /** With or without its prefix; absent: a new one is made. */
  readonly secret: string | null | undefined;
  readonly signatureType: SignatureType | null | undefined;
}

type Rotate = z.output<typeof EndpointSecretRotateIn>;
type Changed = Change<SigningSecrets>;

/** Endpoint secrets on their way in and out: nothing else in this process sees one in clear. */
@Injectable()
export class EndpointSecrets {
  constructor(private readonly box: SecretBox) {}

  /**
   * Sealed. `field`: where the body has it; `usual`: the type of one that is made, unless the body says.
   * @throws ValidationError when it is no signing key, or not of the type that is asked for
   */
  seal({ secret, signatureType }: Asked, field: string, usual: SignatureType = 'hmac256'): string {
    if (secret == null) return this.sealed(newSecret(signatureType ?? usual));
    const text = secret.startsWith(SHARED) || secret.startsWith(PRIVATE) ? secret : SHARED + secret;
    const type = typeIn(text, field);
    if (signatureType != null && signatureType !== type) {
      throw new ValidationError([
        {
          loc: ['body', 'signatureType'],
          msg: `says ${signatureType}, but ${field} is a key for ${type}: leave one of the two out`,
          type: 'signature_type_mismatch',
        },
      ]);
    }
    return this.sealed(text);
  }

  /** What the receiver verifies with now: of a key pair the public half. */
  shown({ secrets }: SigningSecrets): string {
    return verificationKey(this.open(newest(secrets)));
  }

  /**
   * What changes when another secret takes over; undefined when it is the one in use, as when a request is made again
   * since its answer was lost.
   * @throws ApiError 400 when too many old ones are still signing
   * @throws ValidationError as seal(), of `field`
   */
  rotated(
    kept: SigningSecrets,
    { key, signatureType, gracePeriodSeconds }: Rotate,
    field = 'key',
  ): Changed | undefined {
    const current = this.open(newest(kept.secrets));
    const next = this.seal({ secret: key, signatureType }, field, signatureTypeOf(parseSigningKey(current)));
    if (verificationKey(this.open(next)) === verificationKey(current)) return undefined;
    const rotation = rotate(kept, next, (gracePeriodSeconds ?? USUAL_GRACE_SECONDS) * 1_000, Date.now());
    switch (rotation.kind) {
      case 'rotated':
        return { retiredSecrets: undefined, ...rotation.secrets };
      case 'too-many':
        throw new ApiError(
          400,
          'limit_reached',
          `${String(MOST_RETIRED_SECRETS)} old secrets of this endpoint are still signing, which is as many as may be. ` +
            `Rotate again after ${new Date(rotation.nextAtMs).toISOString()}, or now with gracePeriodSeconds 0.`,
        );
    }
  }

  private open(sealed: string): string {
    return this.box.open(sealed).toString('utf8');
  }

  private sealed(text: string): string {
    return this.box.seal(Buffer.from(text, 'utf8'));
  }
}

function typeIn(text: string, field: string): SignatureType {
  try {
    return signatureTypeOf(parseSigningKey(text));
  } catch (error) {
    if (!(error instanceof SigningKeyError)) throw error;
    throw new ValidationError([{ loc: ['body', field], msg: error.message, type: error.code }]);
  }
}

function newest([first]: readonly string[]): string {
  if (first === undefined) throw new Error('an endpoint has no secret');
  return first;
}
