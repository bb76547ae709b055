import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.js';

const VERSION = 'v1';

export class SecretUnreadableError extends AppError {
  readonly code = 'secret_unreadable';
  constructor(cause?: unknown) {
    super(
      'a sealed secret cannot be opened: was SIGNPOST_MASTER_KEY changed? Start with the key it was sealed with',
      {},
      cause,
    );
  }
}

/** Seals secrets for rest (promise 9): AES-256-GCM under a key derived from the operator's master key. */
export class SecretBox {
  private readonly key: Buffer;

  constructor(masterKey: string) {
    this.key = createHash('sha256').update('signpost secret box v1\0').update(masterKey).digest();
  }

  seal(plain: Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws SecretUnreadableError when the text is damaged or was sealed under another key */
  open(sealed: string): Buffer {
    const [version, nonce, body] = sealed.split('.');
    if (version !== VERSION || nonce === undefined || body === undefined) throw new SecretUnreadableError();
    const bytes = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(nonce, 'base64url'));
      decipher.setAuthTag(bytes.subarray(bytes.length - 16));
      return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - 16)), decipher.final()]);
    } catch (error) {
      throw new SecretUnreadableError(error);
    }
  }
}
