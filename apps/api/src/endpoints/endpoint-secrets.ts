import { Injectable } from '@nestjs/common';
import { newSymmetricSecret, parseSigningKey, SecretBox, SigningKeyError } from '@signpost/domain';
import { ValidationError } from '@signpost/runtime';

const PREFIX = 'whsec_';

/** Endpoint secrets on their way in and out: nothing else in this process sees one in clear. */
@Injectable()
export class EndpointSecrets {
  constructor(private readonly box: SecretBox) {}

  /**
   * Sealed; `given` with or without its prefix, a new one when there is none.
   * @throws ValidationError when it is no signing key
   */
  seal(given: string | null | undefined): string {
    const text = given == null ? newSymmetricSecret() : given.startsWith(PREFIX) ? given : PREFIX + given;
    try {
      parseSigningKey(text);
    } catch (error) {
      if (!(error instanceof SigningKeyError)) throw error;
      throw new ValidationError([{ loc: ['body', 'secret'], msg: error.message, type: error.code }]);
    }
    return this.box.seal(Buffer.from(text, 'utf8'));
  }

  /** The newest, in clear. */
  open(sealed: readonly string[]): string {
    const [newest] = sealed;
    if (newest === undefined) throw new Error('an endpoint has no secret');
    return this.box.open(newest).toString('utf8');
  }
}
