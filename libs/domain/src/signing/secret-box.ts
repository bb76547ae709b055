import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors.js';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws SecretUnreadableError when the text is damaged or was sealed under another key */
  open(sealed: string): Buffer {
    const [version, nonce, body, ...rest] = sealed.split('.');
    if (version !== VERSION || nonce === undefined || body === undefined || rest.length > 0) {
      throw new SecretUnreadableError();
    }
    const bytes = Buffer.from(body, 'base64url');
    const end = bytes.length - TAG_BYTES;
    try {
      // Without its length given, GCM would take a tag of four bytes, which can be guessed.
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(nonce, 'base64url'), options);
      decipher.setAuthTag(bytes.subarray(end));
      return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]);
    } catch (error) {
      throw new SecretUnreadableError(error);
    }
  }
}
