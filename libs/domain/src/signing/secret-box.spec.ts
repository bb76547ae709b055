import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretBox, SecretUnreadableError } from './secret-box.js';

const box = new SecretBox('a master key of some length');

describe('SecretBox', () => {
  it('opens what it sealed, and never seals alike twice', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const plain = Buffer.from(bytes);
        expect(box.open(box.seal(plain)).equals(plain)).toBe(true);
        expect(box.seal(plain)).not.toBe(box.seal(plain));
      }),
    );
  });

  it('opens nothing that was sealed under another key', () => {
    expect(() => new SecretBox('another master key').open(box.seal(Buffer.from('x')))).toThrow(SecretUnreadableError);
  });

  it('opens nothing that was changed by a bit', () => {
    const [version = '', nonce = '', body = ''] = box.seal(Buffer.from('whsec_x')).split('.');
    fc.assert(
      fc.property(fc.boolean(), fc.nat(22), fc.nat(7), (inNonce, at, bit) => {
        const bytes = Buffer.from(inNonce ? nonce : body, 'base64url');
        const index = at % bytes.length;
        bytes.writeUInt8((bytes[index] ?? 0) ^ (1 << bit), index);
        const changed = bytes.toString('base64url');
        const text = [version, inNonce ? changed : nonce, inNonce ? body : changed].join('.');
        expect(() => box.open(text)).toThrow(SecretUnreadableError);
      }),
    );
  });

  it('takes no tag that was cut short: four bytes of it can be guessed', () => {
    const [version = '', nonce = '', body = ''] = box.seal(Buffer.alloc(0)).split('.');
    const cut = Buffer.from(body, 'base64url').subarray(0, 4).toString('base64url');
    expect(() => box.open([version, nonce, cut].join('.'))).toThrow(SecretUnreadableError);
  });

  it.each(['', 'v1', 'v1..', 'v1.AAAA.AAAA', 'v2.AAAA.AAAA', 'whsec_plain'])('cannot open %j', (text) => {
    expect(() => box.open(text)).toThrow(SecretUnreadableError);
  });
});
